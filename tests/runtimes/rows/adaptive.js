import { adaptiveEviction } from '../adaptive.js';
import { browsers } from '../browser.js';
import { assertConforms, run } from '../consumer.js';
import { open } from './browsers.js';
import { nodeIn, nodePackage } from './node.js';
import { runWorker } from './workerd.js';

const suiteOf = (main, adaptive) => `import { ResultCache, resilient } from '${main}';
import { adaptive } from '${adaptive}';
import { conformAdaptive } from './adaptive.js';
`;
const SUITE = suiteOf('holdfast', 'holdfast/adaptive');
const CALL = 'await conformAdaptive({ ResultCache, resilient, adaptive })';
const FILES = {
  'adaptive.mjs': `${SUITE}console.log(JSON.stringify(${CALL}));
`,
  'adaptive-js.mjs': `${suiteOf('holdfast/js', 'holdfast/js/adaptive')}console.log(JSON.stringify(${CALL}));
`,
  'adaptive.cjs': `const { ResultCache, resilient } = require('holdfast');
const { adaptive } = require('holdfast/adaptive');
import('./adaptive.js')
  .then(({ conformAdaptive }) => conformAdaptive({ ResultCache, resilient, adaptive }))
  .then((results) => console.log(JSON.stringify(results)));
`,
};

const nodeRows = ['20', '24'].map((version) => ({
  name: `Adaptive eviction in Node ${version}`,
  async run(consumer) {
    const folder = await consumer.install(nodePackage(version), FILES);
    for (const suite of Object.keys(FILES)) {
      assertConforms(await run(nodeIn(folder), [suite], { cwd: folder }), adaptiveEviction);
    }
  },
}));

const WORKER = `${SUITE}export default {
  async fetch() {
    return Response.json(${CALL});
  },
};
`;

const workerRow = {
  name: 'Adaptive eviction in Cloudflare Workers',
  run: async (consumer) => assertConforms(await runWorker(consumer, WORKER), adaptiveEviction),
};

const PAGE = './node_modules/holdfast/dist';
const PAGE_FILES = {
  'index.html': `<!doctype html>
<meta charset="utf-8">
<title>not done</title>
<body></body>
<script type="module" src="page.js"></script>
`,
  'page.js': `${suiteOf(`${PAGE}/index.js`, `${PAGE}/adaptive.js`)}const results = ${CALL};
document.body.textContent = JSON.stringify(results);
document.title = 'done';
`,
};

const chromiumRow = {
  name: 'Adaptive eviction in Chromium',
  async run(consumer) {
    const folder = await consumer.install({}, PAGE_FILES);
    assertConforms(await open(browsers.Chromium, folder), adaptiveEviction);
  },
};

export const adaptiveRows = [...nodeRows, workerRow, chromiumRow];
