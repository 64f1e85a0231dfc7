import { browsers } from '../browser.js';
import { assertConforms, run } from '../consumer.js';
import { open } from './browsers.js';
import { nodeIn, nodePackage } from './node.js';
import { runWorker } from './workerd.js';

const PAGE = './node_modules/holdfast/dist';

/**
 * The rows of an entry next to the main one, with a suite of its own: in versions of Node, in Workers and in Chromium.
 * @param suiteOf returns what the suite imports, from these addresses of the main entry and of this one
 * @param call an expression that runs the suite
 * @param files programs for Node, by name, that print its results
 */
export function entryRows({ title, entry, suiteOf, call, cases, versions, files }) {
  const node = versions.map((version) => ({
    name: `${title} in Node ${version}`,
    async run(consumer) {
      const folder = await consumer.install(nodePackage(version), files);
      for (const file of Object.keys(files)) {
        assertConforms(await run(nodeIn(folder), [file], { cwd: folder }), cases);
      }
    },
  }));
  const program = `${suiteOf('holdfast', `holdfast/${entry}`)}export default {
  async fetch() {
    return Response.json(${call});
  },
};
`;
  const worker = {
    name: `${title} in Cloudflare Workers`,
    run: async (consumer) => assertConforms(await runWorker(consumer, program), cases),
  };
  const page = {
    'index.html': `<!doctype html>
<meta charset="utf-8">
<title>not done</title>
<body></body>
<script type="module" src="page.js"></script>
`,
    'page.js': `${suiteOf(`${PAGE}/index.js`, `${PAGE}/${entry}.js`)}const results = ${call};
document.body.textContent = JSON.stringify(results);
document.title = 'done';
`,
  };
  const chromium = {
    name: `${title} in Chromium`,
    async run(consumer) {
      const folder = await consumer.install({}, page);
      assertConforms(await open(browsers.Chromium, folder), cases);
    },
  };
  return { node, worker, chromium };
}
