// Builds dist/: for each way to get at the core one ES module, one CommonJS module for those who require, and the
// types.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { minify } from 'terser';
import { constBindings } from './const-bindings.js';
import { InlineBytes } from './inline-bytes.js';
import { internalNames } from './internal-names.js';
import { shakeableClasses } from './shakeable-classes.js';

const ENTRY = 'js/index.ts';
const CORE = 'js/core/generated/holdfast.wasm';
const CORE_EXPORTS = 'js/core/generated/exports.d.ts';

/** What is built; a file `x.<name>.ts` takes the place of `x.ts` in the output of that name. */
const OUTPUTS = [
  { name: 'index', commonJs: true },
  { name: 'js', commonJs: true },
  { name: 'workerd' },
];
/** Functions and classes stay where they are: put into their only caller, they would be made at each of its calls. */
const COMPRESS = { ecma: 2022, passes: 3, inline: 1, reduce_funcs: false, hoist_funs: true };

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

/**
 * `Symbol.dispose` is in no library that TypeScript includes by default. The interfaces merge with those of the DOM, Node
 * or a runtime, and are there for programs without any of these.
 */
const TYPES_BANNER = `/// <reference lib="esnext.disposable" />
declare global {
  interface AbortSignal {}
  interface Event {}
}
`;
const types = await rollup({ input: ENTRY, plugins: [dts()] });
await types.write({ file: 'dist/index.d.ts', banner: TYPES_BANNER });
await types.close();
copyFileSync('dist/index.d.ts', 'dist/index.d.cts');
for (const [from, to] of [
  ['index.js', 'js.d.ts'],
  ['index.cjs', 'js.d.cts'],
]) {
  writeFileSync(`dist/${to}`, `export * from './${from}';\n`);
}

const internal = internalNames('js', readFileSync('dist/index.d.ts', 'utf8'), [CORE_EXPORTS]);
for (const { name, commonJs } of OUTPUTS) {
  const inlined = new InlineBytes(/generated.holdfast\.wasm$/);
  const { outputFiles, metafile } = await build({
    entryPoints: [ENTRY],
    outfile: `dist/${name}.js`,
    format: 'esm',
    bundle: true,
    platform: 'neutral',
    target: 'es2022',
    charset: 'utf8',
    external: ['./holdfast.wasm'],
    plugins: [variant(name), inlined.plugin],
    mangleProps: new RegExp(`^(?:${internal.join('|')})$`),
    sourcemap: true,
    // They are in the package beside the maps, once for all.
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
    write: false,
  });
  const [map, code] = outputFiles.map(({ text }) => text);
  const { exports } = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint);
  // Users know these: a class is printed with its name.
  const keep_classnames = new RegExp(`^(?:${exports.join('|')})$`);
  const minified = await minify(shakeableClasses(constBindings(code), exports), {
    module: true,
    toplevel: true,
    ecma: 2022,
    compress: { ...COMPRESS, keep_classnames },
    mangle: { reserved: exports, keep_classnames },
    format: { ecma: 2022, comments: false, preserve_annotations: true, max_line_len: 120 },
    sourceMap: { content: map, filename: `${name}.js` },
  });
  write(`${name}.js`, inlined.append(minified.code), minified.map);
  if (commonJs) {
    const [code, map] = asCommonJs(minified.code, minified.map);
    write(`${name}.cjs`, inlined.append(code), map);
  }
}
copyFileSync(CORE, 'dist/holdfast.wasm');

function write(file, code, map) {
  writeFileSync(`dist/${file}`, `${code}\n//# sourceMappingURL=${file}.map`);
  writeFileSync(`dist/${file}.map`, withoutBytes(map));
}

/**
 * A module as CommonJS, and its map. esbuild's own helpers do not load where `Object.prototype` has properties: they
 * would export those, too.
 */
function asCommonJs(code, map) {
  const exported = /\bexport\{([\w,\s]+)\}/;
  if (!exported.test(code)) throw new Error('The bundle does not export as it should');
  const marked = 'Object.defineProperty(module.exports,"__esModule",{__proto__:null,value:!0})';
  const required = code.replace(
    exported,
    (_, names) => `module.exports={${names.replace(/(\w+) as (\w+)/g, '$2:$1')}};${marked}`,
  );
  const parsed = JSON.parse(map);
  return [
    `"use strict";\n${required}`,
    JSON.stringify({ ...parsed, mappings: `;${parsed.mappings}` }),
  ];
}

/** Tools that take what a map has no text of from the disk would take the core's bytes for text. */
function withoutBytes(map) {
  const parsed = JSON.parse(map);
  const sourcesContent = parsed.sources.map((source) => (source.endsWith('.wasm') ? '' : null));
  return JSON.stringify({ ...parsed, sourcesContent });
}
