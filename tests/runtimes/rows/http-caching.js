import { programOf } from '../../support/runtime.js';
import { browsers } from '../browser.js';
import { assertConforms, run } from '../consumer.js';
import { httpCaching } from '../http-caching.js';
import { open } from './browsers.js';
import { nodeIn, nodePackage } from './node.js';
import { runWorker } from './workerd.js';

const suiteOf = (main, http) => `import { resilient } from '${main}';
import { httpCache } from '${http}';
import { conformHttp } from './http-caching.js';
`;
const SUITE = suiteOf('holdfast', 'holdfast/http');
const FILES = {
  'http.mjs': `${SUITE}console.log(JSON.stringify(await conformHttp({ resilient, httpCache })));
`,
  'http.cjs': `const { resilient } = require('holdfast');
const { httpCache } = require('holdfast/http');
import('./http-caching.js')
  .then(({ conformHttp }) => conformHttp({ resilient, httpCache }))
  .then((results) => console.log(JSON.stringify(results)));
`,
};

const nodeRows = ['20', '22', '24'].map((version) => ({
  name: `HTTP caching in Node ${version}`,
  async run(consumer) {
    const folder = await consumer.install(nodePackage(version), FILES);
    for (const suite of ['http.mjs', 'http.cjs']) {
      assertConforms(await run(nodeIn(folder), [suite], { cwd: folder }), httpCaching);
    }
  },
}));

const DENO = ['run', '--quiet', '--node-modules-dir=manual'];
const otherRows = [
  ['Deno', 'deno', DENO],
  ['Bun', 'bun', []],
].map(([name, program, args]) => ({
  name: `HTTP caching in ${name}`,
  async run(consumer) {
    const folder = await consumer.install({}, FILES);
    const output = await run(programOf(program), [...args, 'http.mjs'], { cwd: folder });
    assertConforms(output, httpCaching);
  },
}));

const WORKER = `${SUITE}export default {
  async fetch() {
    return Response.json(await conformHttp({ resilient, httpCache }));
  },
};
`;

const workerRow = {
  name: 'HTTP caching in Cloudflare Workers',
  run: async (consumer) => assertConforms(await runWorker(consumer, WORKER), httpCaching),
};

const PAGE = './node_modules/holdfast/dist';
const PAGE_FILES = {
  'index.html': `<!doctype html>
<meta charset="utf-8">
<title>not done</title>
<body></body>
<script type="module" src="page.js"></script>
`,
  'page.js': `${suiteOf(`${PAGE}/index.js`, `${PAGE}/http.js`)}const results = await conformHttp({ resilient, httpCache });
document.body.textContent = JSON.stringify(results);
document.title = 'done';
`,
};

const chromiumRow = {
  name: 'HTTP caching in Chromium',
  async run(consumer) {
    const folder = await consumer.install({}, PAGE_FILES);
    assertConforms(await open(browsers.Chromium, folder), httpCaching);
  },
};

export const httpCachingRows = [...nodeRows, ...otherRows, workerRow, chromiumRow];
