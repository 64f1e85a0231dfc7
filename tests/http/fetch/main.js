// Runs the suite in Node, Deno or Bun against the server at the given URL, and prints a line of JSON per case.
import * as holdfast from 'holdfast';
import { runCase } from './run.js';
import { cases } from './suite.js';

const [, , base] = process.argv;
for (const test of cases) console.log(JSON.stringify(await runCase(test, { holdfast, base })));
