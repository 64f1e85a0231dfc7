// Runs the suite in Node, Deno or Bun, against the server at the URL given: a line of JSON for each case.
import * as holdfast from 'holdfast';
import { runCase } from './run.js';
import { cases } from './suite.js';

const [, , base] = process.argv;
for (const test of cases) console.log(JSON.stringify(await runCase(test, { holdfast, base })));
