import { build } from 'esbuild';

/** Bundles TypeScript sources as they are, and imports the bundle. */
export async function bundleOf(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    // Selects the core in JavaScript, which needs no plugin for the bytes of the wasm file.
    conditions: ['edge-light'],
    target: 'es2022',
    logLevel: 'silent',
    write: false,
  });
  const [{ text }] = outputFiles;
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}
