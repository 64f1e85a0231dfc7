import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

/** The core in JavaScript needs no plugin. */
const WITHOUT_WASM = { conditions: ['edge-light'] };

/** What the build of the package does with the core's bytes. */
const WITH_WASM = {
  plugins: [
    {
      name: 'bytes',
      setup: ({ onLoad }) =>
        onLoad({ filter: /\.wasm$/ }, async ({ path }) => ({
          contents: `export default () => Uint8Array.of(${[...(await readFile(path))]});`,
        })),
    },
  ],
};

/** Bundles TypeScript sources, with the core in JavaScript, and imports the bundle. */
export function bundleOf(entry) {
  return importBundle({ entryPoints: [entry], ...WITHOUT_WASM });
}

/** Bundles what `code`, modules of `js/` imported by their paths, exports, and imports a new copy of the bundle. */
export function bundleOfCode(code, { wasm }) {
  const stdin = { contents: `${code}\n//! ${++copies}`, resolveDir: '.' };
  return importBundle({ stdin, ...(wasm ? WITH_WASM : WITHOUT_WASM) });
}

let copies = 0;

async function importBundle(options) {
  const { outputFiles } = await build({
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'silent',
    write: false,
    ...options,
  });
  const [{ text }] = outputFiles;
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}
