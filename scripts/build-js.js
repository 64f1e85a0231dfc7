// Builds dist/: for each way to get at the core one ES module, one CommonJS module for those who require, and the types.
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const ENTRY = 'js/index.ts';
const CORE = 'js/core/generated/holdfast.wasm';

/** What is built, each by the file of js/core that makes instances, in place of `instance.ts`. */
const OUTPUTS = [
  { name: 'index', instance: 'instance.ts', formats: ['esm', 'cjs'] },
  { name: 'js', instance: 'instance.js.ts', formats: ['esm', 'cjs'] },
  { name: 'workerd', instance: 'instance.workerd.ts', formats: ['esm'] },
];
const EXTENSIONS = { esm: 'js', cjs: 'cjs' };

if (!existsSync(CORE)) {
  console.error('holdfast: the Rust core is not built yet: npm run build:wasm');
  process.exit(1);
}

rmSync('dist', { recursive: true, force: true });

function withInstance(file) {
  return {
    name: 'instance',
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^\.\/instance\.ts$/ }, ({ kind, resolveDir }) =>
        resolve(`./${file}`, { kind, resolveDir, pluginData: 'resolved' }),
      );
    },
  };
}

// Not minified: stack traces stay readable without the source map, and applications minify on their own.
for (const { name, instance, formats } of OUTPUTS) {
  for (const format of formats) {
    await build({
      entryPoints: [ENTRY],
      outfile: `dist/${name}.${EXTENSIONS[format]}`,
      format,
      bundle: true,
      platform: 'neutral',
      target: 'es2022',
      charset: 'utf8',
      loader: { '.wasm': 'binary' },
      external: ['./holdfast.wasm'],
      plugins: instance === 'instance.ts' ? [] : [withInstance(instance)],
      sourcemap: true,
      logLevel: 'warning',
    });
  }
}
copyFileSync(CORE, 'dist/holdfast.wasm');

// `Symbol.dispose` is in no library that TypeScript includes by default.
const types = await rollup({ input: ENTRY, plugins: [dts()] });
await types.write({ file: 'dist/index.d.ts', banner: '/// <reference lib="esnext.disposable" />' });
await types.close();
copyFileSync('dist/index.d.ts', 'dist/index.d.cts');
for (const [from, to] of [
  ['index.js', 'js.d.ts'],
  ['index.cjs', 'js.d.cts'],
]) {
  writeFileSync(`dist/${to}`, `export * from './${from}';\n`);
}
