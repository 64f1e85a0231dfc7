import { programOf } from '../../support/runtime.js';
import { assertConforms, run } from '../consumer.js';
import { httpCaching } from '../http-caching.js';
import { entryRows } from './entry.js';

const suiteOf = (main, http) => `import { resilient } from '${main}';
import { httpCache } from '${http}';
import { conformHttp } from './http-caching.js';
`;
const call = 'await conformHttp({ resilient, httpCache })';
const files = {
  'http.mjs': `${suiteOf('holdfast', 'holdfast/http')}console.log(JSON.stringify(${call}));
`,
  'http.cjs': `const { resilient } = require('holdfast');
const { httpCache } = require('holdfast/http');
import('./http-caching.js')
  .then(({ conformHttp }) => conformHttp({ resilient, httpCache }))
  .then((results) => console.log(JSON.stringify(results)));
`,
};

const { node, worker, chromium } = entryRows({
  title: 'HTTP caching',
  entry: 'http',
  versions: ['20', '22', '24'],
  cases: httpCaching,
  suiteOf,
  call,
  files,
});

const DENO = ['run', '--quiet', '--node-modules-dir=manual'];
const otherRows = [
  ['Deno', 'deno', DENO],
  ['Bun', 'bun', []],
].map(([name, program, args]) => ({
  name: `HTTP caching in ${name}`,
  async run(consumer) {
    const folder = await consumer.install({}, files);
    const output = await run(programOf(program), [...args, 'http.mjs'], { cwd: folder });
    assertConforms(output, httpCaching);
  },
}));

export const httpCachingRows = [...node, ...otherRows, worker, chromium];
