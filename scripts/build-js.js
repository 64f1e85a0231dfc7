// Builds dist/: for each way to get at the core one ES module, one CommonJS module for those who require, and the types.
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { constBindings } from './const-bindings.js';
import { inlineBytes } from './inline-bytes.js';

const ENTRY = 'js/index.ts';
const CORE = 'js/core/generated/holdfast.wasm';

/** What is built; a file `x.<name>.ts` takes the place of `x.ts` in the output of that name. */
const OUTPUTS = [
  { name: 'index', formats: ['esm', 'cjs'] },
  { name: 'js', formats: ['esm', 'cjs'] },
  { name: 'workerd', formats: ['esm'] },
];
const EXTENSIONS = { esm: 'js', cjs: 'cjs' };

if (!existsSync(CORE)) {
  console.error('holdfast: the Rust core is not built yet: npm run build:wasm');
  process.exit(1);
}

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');

function variant(name) {
  return {
    name: 'variant',
    setup({ onResolve }) {
      onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => {
        const file = join(resolveDir, path.replace(/\.ts$/, `.${name}.ts`));
        return existsSync(file) ? { path: file } : undefined;
      });
    },
  };
}

// Not minified: stack traces stay readable without the source map, and applications minify on their own.
for (const { name, formats } of OUTPUTS) {
  for (const format of formats) {
    const { outputFiles } = await build({
      entryPoints: [ENTRY],
      outfile: `dist/${name}.${EXTENSIONS[format]}`,
      format,
      bundle: true,
      platform: 'neutral',
      target: 'es2022',
      charset: 'utf8',
      external: ['./holdfast.wasm'],
      plugins: [variant(name), inlineBytes(/generated.holdfast\.wasm$/)],
      sourcemap: true,
      logLevel: 'warning',
      write: false,
    });
    for (const { path, text } of outputFiles) {
      writeFileSync(path, path.endsWith('.map') ? text : constBindings(text));
    }
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
