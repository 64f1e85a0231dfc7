// Shows where the time of an operation goes: `npm run bench:profile`. Needs Linux and `perf`, which samples the
// processor's instruction pointer. Each contender runs alone in the loop of the benchmark. Flags:
//   --scenario get,churn,mixed,wrapped,stampede   only these scenarios
//   --runtime node,node24,deno,bun   where to run; by default the Node that runs this file
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { namesIn } from './flags.js';
import { runtime } from './runtimes.js';

const CELL = fileURLToPath(new URL('cell.js', import.meta.url));
const CACHE = { kind: 'string', size: 1_000, ttl: true };

/** One cell of each scenario, with the baseline, holdfast and the nearest peer. */
const PROFILES = {
  get: {
    cell: { ...CACHE, trace: 'Zipf' },
    contenders: ['Map of records', 'holdfast, ttl', 'lru-cache, ttl'],
  },
  churn: { cell: CACHE, contenders: ['Map as FIFO', 'holdfast, ttl', 'lru-cache, ttl'] },
  mixed: { cell: CACHE, contenders: ['Map as FIFO', 'holdfast, ttl', 'lru-cache, ttl'] },
  wrapped: {
    cell: { call: 'one string', function: 'async' },
    contenders: ['Map.get', 'holdfast', 'lru-cache.fetch'],
  },
  stampede: {
    cell: { callers: 100 },
    contenders: ['one shared Promise', 'holdfast', 'async-cache-dedupe'],
  },
};

const COMPILED = 'JavaScript, compiled';
/** A sample belongs to the first part whose pattern matches its function or file. */
const PARTS = {
  'the clock': /clock_gettime|hrtime|PerformanceNow|perf_now|vdso/,
  'the system': /\[kernel|\[guest|libc\.so/,
  'search in a Map': /FindOrderedHash|StringEqual/,
  'change of a Map': /MapPrototype|OrderedHash|SimpleHash|GetHash|FixedArrayWith/,
  WebAssembly: /wasm-function/,
  'Promises, microtasks': /Promise|Microtask|Await|Async|Generator/,
  'garbage collection': /Scav|Mark|Sweep|Evacuat|NewSpace|RootVisit|IterateObject|Compact|Heap/,
  [COMPILED]: /^JS:|perf-\d+\.map/,
  'the rest of the engine': /(?:)/,
};

/** Turns of a contender before the recording starts. */
const WARM_UP_TURNS = 10;
const RECORDED_S = 3;
const TIMING = { rounds: 1_000, budgetMs: 2_000 * RECORDED_S };

const { values: flags } = parseArgs({
  options: {
    scenario: { type: 'string', default: Object.keys(PROFILES).join() },
    runtime: { type: 'string', default: 'node' },
  },
});
const scenarios = namesIn(flags.scenario, PROFILES, 'scenario');
try {
  execFileSync('perf', ['--version'], { stdio: 'ignore' });
} catch (cause) {
  throw new Error('perf is not installed; on Debian: apt-get install linux-perf', { cause });
}
const folder = mkdtempSync(join(tmpdir(), 'profile-'));
const data = join(folder, 'perf.data');
try {
  for (const name of flags.runtime.split(',')) {
    for (const scenario of scenarios) {
      const { cell, contenders } = PROFILES[scenario];
      const profiles = [];
      for (const only of contenders) profiles.push(await profile(name, scenario, cell, only));
      console.log(`${name}: ${scenario}, ${Object.values(cell).join(', ')}; ns per operation\n`);
      print(contenders, profiles);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function profile(name, scenario, cell, only) {
  const { program, flags: runtimeFlags } = runtime(name, ['--perf-basic-prof']);
  const job = JSON.stringify({ scenario, cell, timing: { ...TIMING, only } });
  const stdio = ['ignore', 'pipe', 'inherit'];
  // V8 writes a log into its current folder.
  const child = spawn(program, [...runtimeFlags, CELL, job], { stdio, cwd: folder });
  let turns = 0;
  let last = '';
  let recorded;
  for await (const line of createInterface(child.stdout)) {
    last = line;
    turns++;
    if (turns !== WARM_UP_TURNS) continue;
    const event = ['-e', 'cpu-clock', '-F', '4999', '-t', String(child.pid)];
    const args = ['record', '-q', ...event, '-o', data, '--', 'sleep', String(RECORDED_S)];
    recorded = once(spawn('perf', args, { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  }
  await recorded;
  const { rows, failed } = JSON.parse(last);
  if (!rows[only]) throw new Error(`${only} was not timed: ${failed[only]}`);
  const samples = execFileSync('perf', ['script', '-i', data, '-F', 'ip,sym,dso'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // V8 wrote the names of compiled functions there.
  rmSync(`/tmp/perf-${child.pid}.map`, { force: true });
  return { total: rows[only].median, ...shareOut(samples.trim().split('\n')) };
}

/** The share of each part, and the number of instructions of compiled code with more than one sample in 2,000. */
function shareOut(samples) {
  const shares = Object.fromEntries(Object.keys(PARTS).map((part) => [part, 0]));
  const samplesByAddress = new Map();
  for (const sample of samples) {
    const [, address, name] = /^\s*([0-9a-f]+) (.*)$/.exec(sample);
    const [part] = Object.entries(PARTS).find(([, pattern]) => pattern.test(name));
    shares[part] += 1 / samples.length;
    if (part === COMPILED) samplesByAddress.set(address, (samplesByAddress.get(address) ?? 0) + 1);
  }
  const frequent = [...samplesByAddress.values()].filter((count) => count > samples.length / 2_000);
  return { shares, instructions: frequent.length };
}

function print(contenders, profiles) {
  const row = (name, cells) => console.log(`| ${[name, ...cells].join(' | ')} |`);
  row('', contenders);
  row(
    '---',
    contenders.map(() => '---'),
  );
  for (const part of Object.keys(PARTS)) {
    const times = profiles.map(({ total, shares }) => (total * shares[part]).toFixed(1));
    if (times.some((time) => time !== '0.0')) row(part, times);
  }
  row(
    'total',
    profiles.map(({ total }) => total.toFixed(1)),
  );
  row(
    'instructions of compiled JavaScript',
    profiles.map(({ instructions }) => instructions),
  );
  console.log();
}
