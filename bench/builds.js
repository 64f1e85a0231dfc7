// Compares this build with another build of the package: `npm run bench:builds -- <folder>`, for example a worktree of
// an earlier commit in which `npm ci && npm run build` has run. Each round times both in processes of their own, in
// random order; the table has the median of the rounds.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROUNDS = 9;
const SAMPLES = 7;
const SIZE = 1_024;

const [folder, mode] = process.argv.slice(2);
if (mode === 'cell') {
  console.log(JSON.stringify(await timeBuild(folder)));
} else if (folder) {
  printTable(compareBuilds({ other: folder, this: fileURLToPath(new URL('..', import.meta.url)) }));
} else {
  console.error('Usage: npm run bench:builds -- <folder of another build>');
  process.exitCode = 2;
}

/** Nanoseconds per operation of one build, by name: the best of some samples, as other programs only add time. */
async function timeBuild(path) {
  const { ResultCache, resilient } = await import(
    pathToFileURL(resolve(path, 'dist/index.js')).href
  );
  const keys = Array.from({ length: SIZE }, (_, index) => `key ${index}`);
  const filled = () => {
    const cache = new ResultCache({ maxSize: SIZE });
    for (const key of keys) cache.put(key, 1);
    return cache;
  };
  const cache = filled();
  const replaced = filled();
  const full = filled();
  const wrapped = resilient((id) => id, { cache: true });
  const wrappedAsync = resilient(async (id) => id, { cache: true });
  const missing = resilient(async (id) => id, { cache: { maxSize: 100 } });
  let sum = 0;
  let next = 0;
  const operations = {
    get: [1e6, (index) => (sum += cache.get(keys[index % SIZE]))],
    'put over an entry': [3e5, (index) => replaced.put(keys[index % SIZE], index)],
    'put that evicts': [2e5, () => full.put(next++, 1)],
    'hit of a function': [1e6, () => (sum += wrapped(1))],
    'awaited hit': [2e5, async () => (sum += await wrappedAsync(1))],
    'awaited miss': [5e4, async () => (sum += await missing(next++))],
    'wrap a function': [5e3, () => resilient((id) => id, { retry: { maxAttempts: 2 } })],
    'wrap it with a cache': [2e3, () => resilient((id) => id, { cache: { ttl: '5m' } })],
  };
  const times = {};
  for (const [name, [count, operation]] of Object.entries(operations)) {
    const isAsync = operation(0) instanceof Promise;
    times[name] = Infinity;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const start = performance.now();
      if (isAsync) for (let index = 0; index < count; index++) await operation(index);
      else for (let index = 0; index < count; index++) operation(index);
      times[name] = Math.min(times[name], ((performance.now() - start) / count) * 1e6);
    }
  }
  if (Number.isNaN(sum)) throw new Error('A cache has lost a value');
  return times;
}

/** The times of each build by operation, one for each round. */
function compareBuilds(builds) {
  const times = {};
  for (let round = 0; round < ROUNDS; round++) {
    const names = Object.keys(builds);
    if (Math.random() < 0.5) names.reverse();
    for (const name of names) {
      const args = [fileURLToPath(import.meta.url), builds[name], 'cell'];
      const results = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
      for (const [operation, time] of Object.entries(results)) {
        times[operation] ??= { other: [], this: [] };
        times[operation][name].push(time);
      }
    }
  }
  return times;
}

function printTable(times) {
  const median = (list) => [...list].sort((one, other) => one - other)[list.length >> 1];
  console.table(
    Object.fromEntries(
      Object.entries(times).map(([operation, builds]) => {
        const [other, own] = [median(builds.other), median(builds.this)];
        return [
          operation,
          {
            'other build (ns)': Number(other.toFixed(1)),
            'this build (ns)': Number(own.toFixed(1)),
            ratio: Number((own / other).toFixed(2)),
          },
        ];
      }),
    ),
  );
}
