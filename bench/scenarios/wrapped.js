import assert from 'node:assert/strict';
import { CALLS, plainKey } from '../calls.js';
import { ASYNC, SYNC } from '../memoizers.js';
import { race, zipf } from '../rounds.js';

export const title = 'a hit through the wrapped function';
export const unit = 'ns a call';
export const limit = 'Map.get';

const SIZE = 1_000;
const OPERATIONS = 4_096;

export function cells(quick) {
  const all = Object.keys(CALLS).map((call) => ({ call, function: 'async' }));
  all.push(...Object.keys(CALLS).map((call) => ({ call, function: 'sync' })));
  if (!quick) return all;
  return all.filter(({ call, function: kind }) =>
    kind === 'async' ? call !== 'two arguments' && call !== 'one string' : call === 'one number',
  );
}

export async function run({ call, function: kind }, limits) {
  const isAsync = kind === 'async';
  const argumentsOf = CALLS[call];
  const indexes = Array.from({ length: SIZE }, (_, i) => i);
  const asked = zipf(indexes, OPERATIONS);
  const lists = asked.map((i) => argumentsOf(i));
  const map = new Map(indexes.map((i) => [plainKey(argumentsOf(i)), { i }]));

  // The limits: a Map that is given the key for nothing; and one whose key is made, where there is something to make.
  const keys = asked.map((i) => plainKey(argumentsOf(i)));
  const contenders = {
    'Map.get': loopOf(
      'Map.get',
      isAsync,
      keys.map((key) => [key]),
      (key) => map.get(key),
      1,
    ),
  };
  const made = typeof lists[0][0] === 'object' || lists[0].length > 1;
  if (made) {
    const get = (...args) => map.get(JSON.stringify(args));
    contenders['Map.get of JSON'] = loopOf('Map.get of JSON', isAsync, lists, get, lists[0].length);
  }

  const failed = {};
  for (const [name, wrap] of Object.entries(isAsync ? ASYNC : SYNC)) {
    try {
      const wrapped = await verified(wrap, isAsync, indexes, argumentsOf);
      contenders[name] = loopOf(name, isAsync, lists, wrapped, lists[0].length);
    } catch (error) {
      failed[name] = error.message;
    }
  }
  return { rows: await race(contenders, OPERATIONS, limits), failed };
}

/**
 * The wrapped function with everything stored, once it was seen to give the right results, and to run only once for
 * each.
 */
async function verified(wrap, isAsync, indexes, argumentsOf) {
  let runs = 0;
  const results = new Map(indexes.map((i) => [plainKey(argumentsOf(i)), { i }]));
  const find = (...args) => {
    runs++;
    return results.get(plainKey(args));
  };
  // Some look at how many parameters there are.
  const functions = isAsync
    ? { 1: async (a) => find(a), 2: async (a, b) => find(a, b) }
    : { 1: (a) => find(a), 2: (a, b) => find(a, b) };
  const wrapped = await wrap(functions[argumentsOf(0).length]);
  for (let round = 0; round < 3; round++) {
    for (const i of indexes) {
      const result = wrapped(...argumentsOf(i));
      assert.equal(result instanceof Promise, isAsync, 'a Promise, or none');
      assert.deepEqual(await result, { i });
    }
  }
  assert.equal(runs, indexes.length, `ran ${runs} times for ${indexes.length} calls`);
  return wrapped;
}

/** A loop of its own for each contender; the name is in the code, as in get.js. */
function loopOf(name, isAsync, lists, call, arity) {
  const [before, after] = isAsync ? ['async', 'await Promise.resolve('] : ['', '('];
  const wait = name.startsWith('Map.get') || !isAsync ? after : 'await (';
  const args = arity === 2 ? 'firsts[i], seconds[i]' : 'firsts[i]';
  const make = new Function(
    'call',
    'firsts',
    'seconds',
    `// ${name}
    return ${before} () => {
      for (let i = 0; i < firsts.length; i++) {
        if (${wait}call(${args})) === undefined) throw new Error('a hit was missed');
      }
    };`,
  );
  return make(
    call,
    lists.map(([first]) => first),
    lists.map(([, second]) => second),
  );
}
