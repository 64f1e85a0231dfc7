import { assertConforms, run } from '../consumer.js';

const EDGE = `import * as holdfast from 'holdfast';
import { conform } from './conformance.js';
globalThis.results = conform(holdfast).then((results) => JSON.stringify(results));
`;

/** Bundles as Next.js does for the edge, and refuses to compile bytes as Vercel's runtime does. */
const START = `import { readFileSync } from 'node:fs';
import { EdgeVM } from '@edge-runtime/vm';
import { build } from 'esbuild';
await build({
  entryPoints: ['edge.js'],
  outfile: 'out/edge.js',
  bundle: true,
  format: 'iife',
  conditions: ['edge-light', 'worker', 'browser'],
  logLevel: 'error',
});
const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false } });
const refused = vm.evaluate(\`
  try { new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); false } catch { true }
\`);
if (!refused) throw new Error('This runtime compiles bytes, so that the row would prove nothing');
vm.evaluate(readFileSync('out/edge.js', 'utf8'));
console.log(await vm.evaluate('globalThis.results'));
// All timers of the edge runtime keep the process alive.
process.exit();
`;

export const edgeRows = [
  {
    name: 'Vercel and Next.js edge runtime',
    async run(consumer) {
      const dependencies = { '@edge-runtime/vm': '^5.0.0', esbuild: '^0.28.2' };
      const folder = await consumer.install(dependencies, { 'edge.js': EDGE, 'start.mjs': START });
      assertConforms(await run(process.execPath, ['start.mjs'], { cwd: folder }));
    },
  },
];
