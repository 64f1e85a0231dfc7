// Where the time of an operation goes: `npm run bench:profile`, on Linux and with its `perf`, which samples what the
// processor is at. Each contender is alone with the benchmark's own loop. Flags:
//   --scenario get,churn,mixed,wrapped,stampede   only these
//   --runtime node,node24,deno,bun   where to run; this Node, if not said
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

/** Of each scenario a cell, and holdfast there between what it is measured against. */
const PROFILES = {
  get: {
    cell: { ...CACHE, trace: 'Zipf' },
    contenders: ['Map of records', 'holdfast, ttl', 'lru-cache, ttl'],
  },
  churn: { cell: CACHE, contenders: ['Map, oldest out', 'holdfast, ttl', 'lru-cache, ttl'] },
  mixed: { cell: CACHE, contenders: ['Map, oldest out', 'holdfast, ttl', 'lru-cache, ttl'] },
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
/** A sample is of the first part that knows its function, or the file that has it. */
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

/** So many turns of a contender are over when the recording begins. */
const WARM_UP = 10;
/** In seconds. */
const RECORDED = 3;
const LIMITS = { rounds: 1_000, budget: 2_000 * RECORDED };

const { values: flags } = parseArgs({
  options: {
    scenario: { type: 'string', default: Object.keys(PROFILES).join() },
    runtime: { type: 'string', default: 'node' },
  },
});
const scenarios = namesIn(flags.scenario, PROFILES, 'profile of');
try {
  execFileSync('perf', ['--version'], { stdio: 'ignore' });
} catch (cause) {
  throw new Error('perf is needed, which Debian has in linux-perf', { cause });
}
const folder = mkdtempSync(join(tmpdir(), 'profile-'));
const data = join(folder, 'perf.data');
try {
  for (const name of flags.runtime.split(',')) {
    for (const scenario of scenarios) {
      const { cell, contenders } = PROFILES[scenario];
      const profiles = [];
      for (const only of contenders) profiles.push(await profile(name, scenario, cell, only));
      console.log(`${name}: ${scenario}, ${Object.values(cell).join(', ')}; ns an operation\n`);
      print(contenders, profiles);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function profile(name, scenario, cell, only) {
  const { program, flags: before } = runtime(name, ['--perf-basic-prof']);
  const job = JSON.stringify({ scenario, cell, limits: { ...LIMITS, only } });
  const stdio = ['ignore', 'pipe', 'inherit'];
  // V8 leaves a file where it runs.
  const child = spawn(program, [...before, CELL, job], { stdio, cwd: folder });
  let turns = 0;
  let last = '';
  let recorded;
  for await (const line of createInterface(child.stdout)) {
    last = line;
    turns++;
    if (turns !== WARM_UP) continue;
    const what = ['-e', 'cpu-clock', '-F', '4999', '-t', String(child.pid)];
    const args = ['record', '-q', ...what, '-o', data, '--', 'sleep', String(RECORDED)];
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
  // Where V8 wrote the names of what it compiled.
  rmSync(`/tmp/perf-${child.pid}.map`, { force: true });
  return { total: rows[only].median, ...sorted(samples.trim().split('\n')) };
}

/** The share of each part, and how many instructions of compiled code have more than a few samples. */
function sorted(samples) {
  const shares = Object.fromEntries(Object.keys(PARTS).map((part) => [part, 0]));
  const places = new Map();
  for (const sample of samples) {
    const [, address, name] = /^\s*([0-9a-f]+) (.*)$/.exec(sample);
    const [part] = Object.entries(PARTS).find(([, known]) => known.test(name));
    shares[part] += 1 / samples.length;
    if (part === COMPILED) places.set(address, (places.get(address) ?? 0) + 1);
  }
  const often = [...places.values()].filter((count) => count > samples.length / 2_000);
  return { shares, instructions: often.length };
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
    'in all',
    profiles.map(({ total }) => total.toFixed(1)),
  );
  row(
    'instructions of compiled JavaScript',
    profiles.map(({ instructions }) => instructions),
  );
  console.log();
}
