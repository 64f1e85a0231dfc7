import assert from 'node:assert/strict';
import { CALLS } from '../calls.js';
import { race } from '../rounds.js';

export const title = 'a key for arguments';
export const unit = 'ns a key';
export const limit = 'JSON.stringify';

const OPERATIONS = 4_096;

/** JSON.stringify and safe-stable-stringify confuse 1 with a boxed 1, a Date with a string, undefined with null. */
const MAKERS = {
  'ResultCache.makeKey': async () => {
    const { ResultCache } = await import('holdfast');
    return (list) => ResultCache.makeKey(...list);
  },
  'JSON.stringify': async () => (list) => JSON.stringify(list),
  'safe-stable-stringify': async () => {
    const { default: stringify } = await import('safe-stable-stringify');
    return (list) => stringify(list);
  },
  'object-hash': async () => {
    const { default: hash } = await import('object-hash');
    return (list) => hash(list);
  },
};

export function cells(quick) {
  const calls = quick ? ['one string', 'a nested object'] : Object.keys(CALLS);
  return calls.map((call) => ({ call }));
}

export async function run({ call }, limits) {
  const lists = Array.from({ length: OPERATIONS }, (_, i) => CALLS[call](i));
  const contenders = {};
  const failed = {};
  for (const [name, get] of Object.entries(MAKERS)) {
    try {
      const makeKey = await get();
      const keys = new Map(lists.map((list, i) => [makeKey(list), i]));
      assert.equal(keys.size, OPERATIONS, 'different arguments have the same key');
      for (let i = 0; i < OPERATIONS; i++) {
        assert.equal(keys.get(makeKey(CALLS[call](i))), i, 'equal arguments have different keys');
      }
      contenders[name] = loopOf(name, makeKey, lists);
    } catch (error) {
      failed[name] = error.message;
    }
  }
  return { rows: await race(contenders, OPERATIONS, limits), failed };
}

/** A loop of its own for each contender; the name is in the code, as in get.js. */
function loopOf(name, makeKey, lists) {
  const make = new Function(
    'makeKey',
    'lists',
    `// ${name}
    let key;
    return () => {
      for (let i = 0; i < lists.length; i++) key = makeKey(lists[i]);
      return key;
    };`,
  );
  return make(makeKey, lists);
}
