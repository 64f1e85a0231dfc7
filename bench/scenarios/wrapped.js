import assert from 'node:assert/strict';
import { CALLS, plainKey } from '../calls.js';
import { ASYNC, SYNC } from '../memoizers.js';
import { timeContenders, zipf } from '../rounds.js';

export const title = 'wrapped: a hit of a wrapped function';
export const unit = 'ns per call';
export const baseline = 'Map.get';

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

export async function run({ call, function: kind }, timing) {
  const isAsync = kind === 'async';
  const argumentsOf = CALLS[call];
  const indexes = Array.from({ length: SIZE }, (_, i) => i);
  const requested = zipf(indexes, OPERATIONS);
  const lists = requested.map((i) => argumentsOf(i));
  const map = new Map(indexes.map((i) => [plainKey(argumentsOf(i)), { i }]));

  // The baseline gets its keys ready-made. The second one makes them, in cells where the argument is not the key.
  const keys = requested.map((i) => plainKey(argumentsOf(i)));
  const contenders = {
    'Map.get': loopOf(
      'Map.get',
      isAsync,
      keys.map((key) => [key]),
      (key) => map.get(key),
      1,
    ),
  };
  const needsKey = typeof lists[0][0] === 'object' || lists[0].length > 1;
  if (needsKey) {
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
  return { rows: await timeContenders(contenders, OPERATIONS, timing), failed };
}

/** Wraps a function, stores all results, and checks that they are right and that the function ran once for each. */
async function verified(wrap, isAsync, indexes, argumentsOf) {
  let runs = 0;
  const results = new Map(indexes.map((i) => [plainKey(argumentsOf(i)), { i }]));
  const find = (...args) => {
    runs++;
    return results.get(plainKey(args));
  };
  // Some packages read the number of parameters.
  const functions = isAsync
    ? { 1: async (a) => find(a), 2: async (a, b) => find(a, b) }
    : { 1: (a) => find(a), 2: (a, b) => find(a, b) };
  const wrapped = await wrap(functions[argumentsOf(0).length]);
  for (let round = 0; round < 3; round++) {
    for (const i of indexes) {
      const result = wrapped(...argumentsOf(i));
      assert.equal(
        result instanceof Promise,
        isAsync,
        'a Promise if and only if the function is async',
      );
      assert.deepEqual(await result, { i });
    }
  }
  assert.equal(runs, indexes.length, `ran ${runs} times for ${indexes.length} different calls`);
  return wrapped;
}

/** Compiles a loop for each contender, with the name in its code: see hits() in get.js. */
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
