// Builds dist/: for each variant the entries as ES modules and as CommonJS, with shared chunks, and the types.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { minify } from 'terser';
import { asCommonJs } from './as-common-js.js';
import { buildTools } from './build-tools.js';
import { ENTRIES, manifestFields, VARIANTS } from './entries.js';
import { InlineBytes } from './inline-bytes.js';
import { internalNames, shortNames } from './internal-names.js';
import { shakeableClasses } from './shakeable-classes.js';

const CORES = ['holdfast.wasm', 'adaptive.wasm'];
const GENERATED = 'js/core/generated';
const CORE_EXPORTS = `${GENERATED}/exports.d.ts`;

/**
 * Compression saves 0.33 kB of a gzipped bundle (`ResultCache` alone: 0.15 kB). Functions and classes stay where they are:
 * terser's defaults move them into their only caller, which creates them at each call, and add 0.44 kB.
 */
const COMPRESS = { ecma: 2022, inline: 1, reduce_funcs: false, hoist_funs: true };

/**
 * What most entries need, in one chunk with all that these import. Bundlers leave out what a program does not use of it: a
 * bundle of `ResultCache` alone is not larger.
 */
const BASE = [
  'js/cache/result-cache.ts',
  'js/errors/resilience-error.ts',
  'js/http/result-kind.ts',
  'js/platform/thenable.ts',
  'js/tier/breaker-seam.ts',
  'js/tier/seam.ts',
];

/** Workers refuse to compile bytes. The runtime compiles the file, which all entries of the package share. */
const externalCore = {
  name: 'external-core',
  resolveId: (source) =>
    source === './holdfast.wasm' || source === './adaptive.wasm'
      ? { id: `.${source}`, external: true }
      : undefined,
};

/** Minifies the chunks of one variant, which agree on the short names of properties. */
function minifier(chunks, publicNames, internal) {
  // A class that users see is printed with its name.
  const keep_classnames = new RegExp(`^(?:${publicNames.join('|')})$`);
  const shortened = shortNames(internal, chunks.map(({ code }) => code).join('\n'));
  const nameCache = { props: { props: {} } };
  for (const [name, short] of shortened) nameCache.props.props[`$${name}`] = short;
  const properties = { regex: new RegExp(`^(?:${internal.join('|')})$`), builtins: true };
  return (code, map) =>
    minify(code, {
      module: true,
      ecma: 2022,
      compress: { ...COMPRESS, keep_classnames },
      mangle: { reserved: publicNames, keep_classnames, properties },
      format: { ecma: 2022, comments: false, preserve_annotations: true, max_line_len: 120 },
      nameCache,
      sourceMap: { content: map },
    });
}

if (!CORES.every((core) => existsSync(`${GENERATED}/${core}`))) {
  console.error('holdfast: the Rust core is not built yet: npm run build:wasm');
  process.exit(1);
}

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
for (const core of CORES) copyFileSync(`${GENERATED}/${core}`, `dist/${core}`);
updateManifest();
const types = await buildTypes();
const internal = internalNames('js', types, [CORE_EXPORTS]);
for (const variant of VARIANTS) await buildVariant(variant);
await buildTools({ compress: COMPRESS, write, writeWithMap });

function updateManifest() {
  const text = readFileSync('package.json', 'utf8');
  const updated = `${JSON.stringify({ ...JSON.parse(text), ...manifestFields() }, null, 2)}\n`;
  if (updated !== text) writeFileSync('package.json', updated);
}

/** Builds the declarations; returns their text. Those for CommonJS differ only in the names of the chunks. */
async function buildTypes() {
  /*
   * `Symbol.dispose` is in no library that TypeScript includes by default. The interfaces merge with those of the DOM,
   * Node or another runtime, and exist for programs without any of these.
   */
  const banner = `/// <reference lib="esnext.disposable" />
declare global {
  interface AbortSignal {}
  interface Event {}
}
`;
  // The base class of events is not exported. No declaration that TypeScript infers names it.
  const onLog = (level, log, handle) => {
    if (!/: PrintedEvent\./.test(log.message)) handle(level, log);
  };
  const bundle = await rollup({ input: ENTRIES, plugins: [dts()], onLog });
  const { output } = await bundle.generate({
    entryFileNames: '[name].d.ts',
    chunkFileNames: 'chunk-[name].d.ts',
    banner: ({ isEntry }) => (isEntry ? banner : ''),
  });
  await bundle.close();
  for (const { fileName, code } of output) {
    const required = code.replace(/((?:from|^import) '\.[^']*)\.js'/gm, "$1.cjs'");
    write(`dist/${fileName}`, code);
    write(`dist/${fileName.replace(/\.ts$/, '.cts')}`, required);
  }
  return output.map(({ code }) => code).join('\n');
}

async function buildVariant({ folder, condition, commonJs }) {
  const inlined = new InlineBytes(/generated.(?:holdfast|adaptive)\.wasm$/);
  const ofBase = new Set();
  const bundle = await rolldown({
    input: ENTRIES,
    platform: 'neutral',
    resolve: { conditionNames: [condition] },
    plugins: [inlined.plugin, externalCore, baseModules(ofBase)],
  });
  const { output } = await bundle.generate({
    dir: resolve('dist', folder),
    format: 'es',
    chunkFileNames: 'chunk-[name].js',
    // One chunk instead of seven: `holdfast` is loaded in a quarter less time (`npm run bench -- --scenario start`).
    codeSplitting: {
      groups: [{ name: (id) => (ofBase.has(id) ? 'base' : null), debugName: 'base' }],
    },
    comments: { annotation: true, jsdoc: false, legal: false },
    sourcemap: true,
  });
  await bundle.close();
  const chunks = output.filter(({ type }) => type === 'chunk');
  const publicNames = chunks.filter(({ isEntry }) => isEntry).flatMap(({ exports }) => exports);
  const minifyChunk = minifier(chunks, publicNames, internal);
  for (const chunk of chunks) {
    const path = `dist/${folder}/${chunk.fileName}`;
    const code = shakeableClasses(chunk.code, publicNames);
    const esm = await minifyChunk(code, chunk.map);
    writeWithMap(path, inlined.appendTo(chunk, esm.code), esm.map);
    if (!commonJs) continue;
    const cjs = asCommonJs(esm.code, esm.map);
    writeWithMap(path.replace(/\.js$/, '.cjs'), inlined.appendTo(chunk, cjs.code), cjs.map);
  }
}

/** A plugin that collects the modules of the common chunk. */
function baseModules(modules) {
  return {
    name: 'modules of the common chunk',
    buildEnd() {
      for (const source of BASE) modules.add(resolve(source));
      // Grows during the loop.
      for (const id of modules) {
        for (const imported of this.getModuleInfo(id)?.importedIds ?? []) modules.add(imported);
      }
    },
  };
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function writeWithMap(path, code, map) {
  const file = path.slice(path.lastIndexOf('/') + 1);
  write(path, `${code}\n//# sourceMappingURL=${file}.map`);
  // The package contains the sources once, as files. Tools that look for the missing text of a source on the disk would
  // take the core's bytes for text.
  const parsed = JSON.parse(map);
  const sourcesContent = parsed.sources.map((source) => (source.endsWith('.wasm') ? '' : null));
  write(`${path}.map`, JSON.stringify({ ...parsed, file, sourcesContent }));
}
