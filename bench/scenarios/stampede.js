import assert from 'node:assert/strict';
import { bytesInUse } from '../heap.js';
import { ASYNC } from '../memoizers.js';
import { race } from '../rounds.js';

export const title = 'stampede: so many callers of one key at once';
export const unit = 'ns a caller';
export const limit = 'one shared Promise';

/** Of the others, one caller takes microseconds, and a million of them too much memory or time. */
const NAMES = [
  'holdfast',
  'lru-cache.fetch',
  'p-memoize',
  'async-cache-dedupe',
  'cacheable',
  'effect Cache',
];
const AT_MOST = { cacheable: 10_000, 'effect Cache': 10_000 };

export function cells(quick) {
  return (quick ? [100, 10_000] : [100, 10_000, 1_000_000]).map((callers) => ({ callers }));
}

export async function run({ callers }, limits) {
  const contenders = {};
  const notes = {};
  const failed = {};
  const add = async (name, source) => {
    const stampede = loopOf(name, callers);
    const time = () => stampede(source());
    await time();
    await time();
    // With fewer, what else happens on the heap is more than theirs.
    if (callers >= 10_000)
      notes[name] = `${await bytesACaller(stampede, source(), callers)} bytes a caller`;
    contenders[name] = time;
  };
  await add(limit, () => {
    let settle;
    const promise = new Promise((resolve) => {
      settle = resolve;
    });
    return { call: () => promise, settle: () => settle('result') };
  });
  for (const name of NAMES) {
    try {
      if (callers > AT_MOST[name]) throw new Error('it would take too long');
      await add(name, await sourceOf(ASYNC[name]));
    } catch (error) {
      failed[name] = error.message;
    }
  }
  return { rows: await race(contenders, callers, limits), notes, failed };
}

/** Returns what gives, for each stampede, a call with a key of its own and the way to settle it. */
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
        // Some ask their store first, and run the function some turns later.
        while (runs < current) await new Promise((resolve) => setImmediate(resolve));
        assert.equal(runs, current, 'the function runs more than once for a key');
        settle('result');
      },
    };
  };
}

/** A loop of its own for each contender; the name is in the code, as in get.js. Each caller must get the result. */
function loopOf(name, callers) {
  const make = new Function(
    `// ${name}
    return async ({ call, settle }, whenAllWait = () => {}) => {
      let right = 0;
      let left = ${callers};
      const ended = new Promise((resolve, reject) => {
        const done = (result) => {
          if (result === 'result') right++;
          if (--left === 0) resolve();
        };
        for (let i = 0; i < ${callers}; i++) call().then(done, reject);
      });
      whenAllWait();
      await settle();
      await ended;
      if (right !== ${callers}) throw new Error('a caller got something else');
    };`,
  );
  return make();
}

async function bytesACaller(stampede, source, callers) {
  const before = bytesInUse();
  let during;
  await stampede(source, () => {
    during = bytesInUse();
  });
  return Math.round((during - before) / callers);
}
