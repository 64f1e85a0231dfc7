import assert from 'node:assert/strict';
import { CALLS } from '../calls.js';
import { timeContenders } from '../rounds.js';

export const title = 'makeKey: the key of a call';
export const unit = 'ns per key';
export const baseline = 'JSON.stringify';

const OPERATIONS = 4_096;

/** Unlike makeKey, the two stringify functions give a Date and its text the same key, and so undefined and null in an array. */
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

export async function run({ call }, timing) {
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
  return { rows: await timeContenders(contenders, OPERATIONS, timing), failed };
}

/** Compiles a loop for each contender, with the name in its code: see hits() in get.js. */
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
