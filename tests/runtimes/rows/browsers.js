import { join } from 'node:path';
import { build } from 'esbuild';
import { browsers, serve } from '../browser.js';
import { assertConforms } from '../consumer.js';

const PACKAGE = './node_modules/holdfast/dist';

const page = (script) => `<!doctype html>
<meta charset="utf-8">
<title>not done</title>
<body></body>
<script type="module" src="${script}"></script>
`;

/** The three places in a page where the package can run; each runs the suite. */
const FILES = {
  'index.html': page('page.js'),
  'page.js': `import * as holdfast from '${PACKAGE}/index.js';
import { conform } from './conformance.js';
const inWorker = (worker) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message || 'The worker failed'));
  });
const results = {};
const note = async (name, run) => {
  try {
    results[name] = await run();
  } catch (error) {
    results[name] = String(error);
  }
};
await note('page', () => conform(holdfast));
await note('module worker', () => inWorker(new Worker('module-worker.js', { type: 'module' })));
await note('classic worker', () => inWorker(new Worker('classic-worker.js')));
document.body.textContent = JSON.stringify(results);
document.title = 'done';
`,
  'module-worker.js': `import * as holdfast from '${PACKAGE}/index.js';
import { conform } from './conformance.js';
postMessage(await conform(holdfast));
`,
  'classic-worker-source.js': `import * as holdfast from 'holdfast';
import { conform } from './conformance.js';
conform(holdfast).then((results) => postMessage(results));
`,
};

/** A page that allows its own scripts, but no WebAssembly. */
const STRICT = { 'content-security-policy': "script-src 'self'" };
const STRICT_FILES = {
  'index.html': page('strict.js'),
  'strict.js': `import { ResultCache, resilient } from '${PACKAGE}/index.js';
import * as holdfast from '${PACKAGE}/js/index.js';
import { conform } from './conformance.js';
let refused;
try {
  new ResultCache();
} catch (error) {
  refused = error.message;
}
const withoutCache = await resilient(async () => 'fine', { retry: {} })();
const results = await conform(holdfast);
document.body.textContent = JSON.stringify({ refused, withoutCache, results });
document.title = 'done';
`,
};

/** Opens a page of a folder, and returns the data that it shows when it is done. */
export async function open(browser, folder, headers) {
  const { base, close } = await serve(folder, headers);
  try {
    return JSON.parse(await browser(`${base}/`));
  } finally {
    close();
  }
}

export const browserRows = Object.entries(browsers).flatMap(([name, browser]) => [
  {
    name: `${name}: page without bundler, module worker, classic worker from a bundle`,
    async run(consumer) {
      const folder = await consumer.install({}, FILES);
      await build({
        entryPoints: [join(folder, 'classic-worker-source.js')],
        outfile: join(folder, 'classic-worker.js'),
        bundle: true,
        format: 'iife',
        logLevel: 'error',
      });
      for (const [place, results] of Object.entries(await open(browser, folder))) {
        if (typeof results === 'string') throw new Error(`${place}: ${results}`);
        assertConforms(results);
      }
    },
  },
  {
    name: `${name}: page whose Content-Security-Policy refuses WebAssembly`,
    async run(consumer) {
      const folder = await consumer.install({}, STRICT_FILES);
      const { refused, withoutCache, results } = await open(browser, folder, STRICT);
      if (!refused?.includes('holdfast/js')) throw new Error(`The first use says: ${refused}`);
      if (withoutCache !== 'fine') throw new Error('Without a cache it should do all the same');
      assertConforms(results);
    },
  },
]);
