// Builds dist/: the library as one ES module and one CommonJS module, each with its own types.
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const ENTRY = 'js/index.ts';

if (!existsSync('js/core/generated/holdfast.wasm')) {
  console.error('holdfast: the Rust core is not built yet: npm run build:wasm');
  process.exit(1);
}

rmSync('dist', { recursive: true, force: true });

// Not minified: stack traces stay readable without the source map, and applications minify on their own.
for (const [format, outfile] of [
  ['esm', 'dist/index.js'],
  ['cjs', 'dist/index.cjs'],
]) {
  await build({
    entryPoints: [ENTRY],
    outfile,
    format,
    bundle: true,
    platform: 'neutral',
    target: 'es2022',
    charset: 'utf8',
    loader: { '.wasm': 'binary' },
    sourcemap: true,
    logLevel: 'warning',
  });
}

// `Symbol.dispose` is in no library that TypeScript includes by default.
const types = await rollup({ input: ENTRY, plugins: [dts()] });
await types.write({ file: 'dist/index.d.ts', banner: '/// <reference lib="esnext.disposable" />' });
await types.close();
copyFileSync('dist/index.d.ts', 'dist/index.d.cts');
