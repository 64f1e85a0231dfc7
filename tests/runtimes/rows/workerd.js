import { assertConforms, run } from '../consumer.js';
import { nodeIn, nodePackage } from './node.js';

const WORKER = `import * as holdfast from 'holdfast';
import { conform } from './conformance.js';
export default {
  async fetch() {
    return Response.json(await conform(holdfast));
  },
};
`;

/** Bundles as wrangler does, and leaves the WebAssembly to the runtime. */
const START = `import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
await build({
  entryPoints: ['worker.js'],
  outfile: 'out/worker.js',
  bundle: true,
  format: 'esm',
  conditions: ['workerd', 'worker', 'browser'],
  loader: { '.wasm': 'copy' },
  assetNames: '[name]',
  logLevel: 'error',
});
const [compatibilityDate] = process.argv.slice(2);
const miniflare = new Miniflare({
  compatibilityDate,
  modulesRoot: 'out',
  modules: [
    { type: 'ESModule', path: 'out/worker.js' },
    { type: 'CompiledWasm', path: 'out/holdfast.wasm' },
  ],
});
try {
  const response = await miniflare.dispatchFetch('http://localhost/');
  console.log(await response.text());
} finally {
  await miniflare.dispose();
}
`;

// miniflare asks for a newer Node than the package does.
const DEPENDENCIES = { miniflare: '^4.20260730.0', esbuild: '^0.28.2', ...nodePackage('24') };
const FILES = { 'worker.js': WORKER, 'start.mjs': START };

export const workerRows = ['2023-07-01', '2024-09-23', '2026-07-01'].map((date) => ({
  name: `Cloudflare Workers, compatibility date ${date}`,
  async run(consumer) {
    const folder = await consumer.install(DEPENDENCIES, FILES);
    assertConforms(await run(nodeIn(folder), ['start.mjs', date], { cwd: folder }));
  },
}));
