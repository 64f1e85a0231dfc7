// Every contender in every scenario: `npm run bench`, with
//   --quick                  the whole of it in about two minutes: fewer kinds of keys, sizes and rounds
//   --scenario get,churn     only these
//   --runtime node,node24,deno,bun   where to run; this Node, if not said
//   --json FILE              keeps the results, with those that the file has of other scenarios; a % in the name stands
//                            for the runtime
import { spawn } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { namesIn } from './flags.js';
import * as flat from './flatness.js';
import { keep } from './results.js';
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
/** For a cell, in milliseconds. One contender does not always come to an end in Bun. */
const PATIENCE = flags.quick ? 100_000 : 600_000;
const limits = flags.quick ? { rounds: 5, budget: 3_000 } : { rounds: 15, budget: 10_000 };

const scenarios = namesIn(flags.scenario, SCENARIOS, 'scenario');
for (const name of flags.runtime.split(',')) {
  let place;
  try {
    place = runtime(name);
  } catch (error) {
    console.log(`${name}: not run, ${error.message}\n`);
    continue;
  }
  for (const scenario of scenarios) {
    const results = await runScenario(scenario, place);
    if (!flags.json) continue;
    const date = new Date().toISOString().slice(0, 10);
    keep(flags.json.replace('%', name), {
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

async function runScenario(scenario, place) {
  const { cells, contenders = () => [undefined], title, unit, limit } = SCENARIOS[scenario];
  const results = [];
  for (const cell of cells(flags.quick)) {
    const result = { scenario, cell, rows: {}, notes: {}, failed: {} };
    for (const contender of contenders(cell)) {
      const { runtime, ...parts } = await runCell(place, { scenario, cell, limits, contender });
      result.runtime ??= runtime ?? 'failed';
      for (const [part, entries] of Object.entries(parts)) Object.assign(result[part], entries);
    }
    results.push(result);
    print({ ...result, title, unit, limit });
  }
  for (const result of flat.flatness(results)) {
    results.push(result);
    print({ ...result, ...flat });
  }
  return results;
}

/** In a process of its own, so that no cell finds the heap and the compiled code of another. */
function runCell(place, work) {
  const { program, flags: before } = place;
  const job = JSON.stringify({ ...work, flags: before });
  return new Promise((resolve) => {
    const child = spawn(program, [...before, CELL, job], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('close', (code, signal) => {
      const last = stdout.trim().split('\n').at(-1);
      if (code === 0) return resolve(JSON.parse(last));
      const { without = [] } = work.limits;
      if (signal === 'SIGKILL' && last && !without.includes(last)) {
        return resolve(runWithout(last, place, work));
      }
      const error = stderr.trim().split('\n').slice(-12).join('\n');
      resolve({
        failed: { [work.contender ?? 'the whole cell']: `ended with ${code ?? signal}\n${error}` },
      });
    });
  });
}

/** Once more, without the contender that was being timed when patience was at its end. */
async function runWithout(name, place, work) {
  const { limits } = work;
  const without = [...(limits.without ?? []), name];
  const result = await runCell(place, { ...work, limits: { ...limits, without } });
  const reason = `came to no end in ${PATIENCE / 1_000} s`;
  return { ...result, failed: { ...result.failed, [name]: reason } };
}
