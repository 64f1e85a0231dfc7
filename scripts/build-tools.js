// Builds the entries that are tools (holdfast/tuning) and the program of the package, after build-js.js has built the rest.
import { chmodSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { minify } from 'terser';
import { asCommonJs } from './as-common-js.js';
import { PROGRAM, TOOLS } from './entries.js';
import { InlineBytes } from './inline-bytes.js';

/** The program imports the entry next to it, which holds the module. */
const externalTuning = {
  name: 'external-tuning',
  resolveId: (source) =>
    source.endsWith('/tuning/index.ts') ? { id: './tuning.js', external: true } : undefined,
};

/** Builds each tool as an ES module, as CommonJS and as types, and the program. */
export async function buildTools({ compress, write, writeWithMap }) {
  for (const [tool, source] of Object.entries(TOOLS)) {
    const inlined = new InlineBytes(/generated.tuning\.wasm$/);
    const { chunk, publicNames } = await bundleOf(source, [inlined.plugin], 'neutral');
    const esm = await minified(chunk, compress, publicNames);
    writeWithMap(`dist/${tool}.js`, inlined.appendTo(chunk, esm.code), esm.map);
    const cjs = asCommonJs(esm.code, esm.map);
    writeWithMap(`dist/${tool}.cjs`, inlined.appendTo(chunk, cjs.code), cjs.map);
    await writeTypes(tool, source, write);
  }
  const { chunk } = await bundleOf(PROGRAM, [externalTuning], 'node');
  // Readable: no page downloads it, and compression makes one line of its help.
  const program = await minified(chunk, false, [], true);
  const start = '#!/usr/bin/env node\n';
  if (!program.code.startsWith(start))
    throw new Error('build-tools: the program has no first line');
  writeWithMap('dist/cli.js', program.code, program.map);
  chmodSync('dist/cli.js', 0o755);
}

async function bundleOf(input, plugins, platform) {
  const bundle = await rolldown({ input, platform, plugins });
  const { output } = await bundle.generate({
    dir: 'dist',
    format: 'es',
    comments: { annotation: true, jsdoc: false, legal: false },
    sourcemap: true,
  });
  await bundle.close();
  const [chunk, ...others] = output.filter(({ type }) => type === 'chunk');
  if (others.length > 0) throw new Error(`build-tools: ${input} has more than one chunk`);
  return { chunk, publicNames: chunk.exports };
}

/** Names of properties stay: some are those of the module's reports. */
function minified({ code, map }, compress, reserved, beautify = false) {
  return minify(code, {
    module: true,
    ecma: 2022,
    compress,
    mangle: { reserved },
    format: { ecma: 2022, comments: false, max_line_len: 120, beautify },
    sourceMap: { content: map },
  });
}

async function writeTypes(tool, source, write) {
  const bundle = await rollup({ input: source, plugins: [dts()] });
  const { output } = await bundle.generate({});
  await bundle.close();
  const [{ code }] = output;
  write(`dist/${tool}.d.ts`, code);
  write(`dist/${tool}.d.cts`, code);
}
