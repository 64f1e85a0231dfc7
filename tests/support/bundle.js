import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Uses the core in JavaScript, which needs no plugin for the bytes of the wasm file. */
const javaScriptCore = {
  name: 'javascript-core',
  setup({ onResolve }) {
    onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path.replace(/\.ts$/, '.js.ts'));
      return existsSync(file) ? { path: file } : undefined;
    });
  },
};

/** Bundles TypeScript sources as they are, and imports the bundle. */
export async function bundleOf(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    plugins: [javaScriptCore],
    logLevel: 'silent',
    write: false,
  });
  const [{ text }] = outputFiles;
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}
