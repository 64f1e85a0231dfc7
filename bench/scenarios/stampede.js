import assert from 'node:assert/strict';
import { bytesInUse } from '../heap.js';
import { ASYNC } from '../memoizers.js';
import { timeContenders } from '../rounds.js';

export const title = 'stampede: concurrent callers of one key';
export const unit = 'ns per caller';
export const baseline = 'one shared Promise';

const NAMES = [
  'holdfast',
  'lru-cache.fetch',
  'p-memoize',
  'async-cache-dedupe',
  'cacheable',
  'effect Cache',
];
/** A million callers would take these too much memory or time. */
const MAX_CALLERS = { cacheable: 10_000, 'effect Cache': 10_000 };

export function cells(quick) {
  return (quick ? [100, 10_000] : [100, 10_000, 1_000_000]).map((callers) => ({ callers }));
}

export async function run({ callers }, timing) {
  const contenders = {};
  const notes = {};
  const failed = {};
  const add = async (name, source) => {
    const stampede = loopOf(name, callers);
    const time = () => stampede(source());
    await time();
    await time();
    // With fewer callers, other changes of the heap are larger than theirs.
    if (callers >= 10_000)
      notes[name] = `${await bytesPerCaller(stampede, source(), callers)} bytes per caller`;
    contenders[name] = time;
  };
  await add(baseline, () => {
    let settle;
    const promise = new Promise((resolve) => {
      settle = resolve;
    });
    return { call: () => promise, settle: () => settle('result') };
  });
  for (const name of NAMES) {
    try {
      if (callers > MAX_CALLERS[name]) throw new Error('skipped: needs too much time or memory');
      await add(name, await sourceOf(ASYNC[name]));
    } catch (error) {
      failed[name] = error.message;
    }
  }
  return { rows: await timeContenders(contenders, callers, timing), notes, failed };
}

/** Returns a function that prepares a stampede: `call` calls with a new key, `settle` resolves the function's Promise. */
async function sourceOf(wrap) {
  let settle;
  let runs = 0;
  let key = 0;
  const load = await wrap((_key) => {
    runs++;
    return new Promise((resolve) => {
      settle = resolve;
    });
  });
  return () => {
    const current = ++key;
    return {
      call: () => load(current),
      async settle() {
        // Some packages read their store first and run the function some turns later.
        while (runs < current) await new Promise((resolve) => setImmediate(resolve));
        assert.equal(runs, current, 'the function ran more than once for a key');
        settle('result');
      },
    };
  };
}

/** Compiles a loop for each contender, with the name in its code: see hits() in get.js. Each caller must get the result. */
function loopOf(name, callers) {
  const make = new Function(
    `// ${name}
    return async ({ call, settle }, onAllWaiting = () => {}) => {
      let correct = 0;
      let left = ${callers};
      const ended = new Promise((resolve, reject) => {
        const done = (result) => {
          if (result === 'result') correct++;
          if (--left === 0) resolve();
        };
        for (let i = 0; i < ${callers}; i++) call().then(done, reject);
      });
      onAllWaiting();
      await settle();
      await ended;
      if (correct !== ${callers}) throw new Error('a caller got a wrong result');
    };`,
  );
  return make();
}

async function bytesPerCaller(stampede, source, callers) {
  const before = bytesInUse();
  let during;
  await stampede(source, () => {
    during = bytesInUse();
  });
  return Math.round((during - before) / callers);
}
