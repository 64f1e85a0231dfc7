// Runs every scenario with every contender: `npm run bench`. Flags:
//   --quick                  a short run of about two minutes: fewer kinds of keys, sizes and rounds
//   --scenario get,churn     only these scenarios
//   --runtime node,node24,deno,bun   where to run; by default the Node that runs this file
//   --json FILE              saves the results; results of other scenarios in FILE stay; % stands for the runtime. On another
//                              machine than that of the committed results: bench/out/%-WORD.json
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { namesIn } from './flags.js';
import * as growth from './growth.js';
import { saveResults } from './results.js';
import { runtime } from './runtimes.js';
import { SCENARIOS } from './scenarios.js';
import { print } from './table.js';
import { versions } from './versions.js';

const CELL = fileURLToPath(new URL('cell.js', import.meta.url));

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    scenario: { type: 'string', default: Object.keys(SCENARIOS).join() },
    runtime: { type: 'string', default: 'node' },
    json: { type: 'string' },
  },
});
/** Time limit of one cell: some contenders never finish in Bun. */
const CELL_TIMEOUT_MS = flags.quick ? 100_000 : 600_000;
const timing = flags.quick ? { rounds: 5, budgetMs: 3_000 } : { rounds: 15, budgetMs: 10_000 };

const scenarios = namesIn(flags.scenario, SCENARIOS, 'scenario');
for (const name of flags.runtime.split(',')) {
  let target;
  try {
    target = runtime(name);
  } catch (error) {
    console.log(`${name}: skipped, ${error.message}\n`);
    continue;
  }
  for (const scenario of scenarios) {
    const { onlyIn } = SCENARIOS[scenario];
    if (onlyIn && !onlyIn.includes(name)) {
      console.log(`${scenario}: skipped in ${name}, runs in ${onlyIn.join(', ')} only\n`);
      continue;
    }
    const results = await runScenario(scenario, target);
    if (!flags.json) continue;
    const file = flags.json.replace('%', name);
    mkdirSync(dirname(file), { recursive: true });
    const date = new Date().toISOString().slice(0, 10);
    saveResults(file, {
      runtime: results[0]?.runtime ?? name,
      machine: {
        processor: cpus()[0].model,
        cores: cpus().length,
        memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
        system: `${process.platform} ${process.arch}`,
      },
      versions: versions(),
      results: results.map(({ runtime: _, ...result }) => ({
        ...result,
        date,
        quick: flags.quick,
      })),
    });
  }
}

async function runScenario(scenario, target) {
  const { cells, contenders = () => [undefined], title, unit, baseline } = SCENARIOS[scenario];
  const results = [];
  for (const cell of cells(flags.quick)) {
    const result = { scenario, cell, rows: {}, notes: {}, failed: {} };
    for (const contender of contenders(cell)) {
      const { runtime, ...parts } = await runCell(target, { scenario, cell, timing, contender });
      result.runtime ??= runtime ?? 'failed';
      for (const [part, entries] of Object.entries(parts)) Object.assign(result[part], entries);
    }
    results.push(result);
    print({ ...result, title, unit, baseline });
  }
  for (const result of growth.growthOfHits(results)) print({ ...result, ...growth });
  return results;
}

/** Runs a cell in a new process, so that it does not inherit the heap and the compiled code of another cell. */
function runCell(target, work) {
  const { program, flags: runtimeFlags } = target;
  const job = JSON.stringify({ ...work, flags: runtimeFlags });
  return new Promise((resolve) => {
    const child = spawn(program, [...runtimeFlags, CELL, job], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: CELL_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('close', (code, signal) => {
      const lastLine = stdout.trim().split('\n').at(-1);
      if (code === 0) return resolve(JSON.parse(lastLine));
      const { without = [] } = work.timing;
      if (signal === 'SIGKILL' && lastLine && !without.includes(lastLine)) {
        return resolve(runWithout(lastLine, target, work));
      }
      const error = stderr.trim().split('\n').slice(-12).join('\n');
      const name = work.contender ?? 'the whole cell';
      resolve({ failed: { [name]: `exited with ${code ?? signal}\n${error}` } });
    });
  });
}

/** Runs the cell again without the contender that was being timed when the time limit passed. */
async function runWithout(name, target, work) {
  const { timing } = work;
  const without = [...(timing.without ?? []), name];
  const result = await runCell(target, { ...work, timing: { ...timing, without } });
  const reason = `did not finish in ${CELL_TIMEOUT_MS / 1_000} s`;
  return { ...result, failed: { ...result.failed, [name]: reason } };
}
