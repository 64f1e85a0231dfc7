import { KEY_KINDS } from './key-kinds.js';
import { LruMap } from './maps.js';

const OPERATIONS = 20_000;
const TIMEOUT_MS = 10_000;

/**
 * Checks a cache before it is timed, with the size and the kind of keys that are timed, so that the engine sees no
 * others. An exact LRU must agree with the model at every operation. Another cache must return the right value or
 * none, and always the value that was put last.
 * @param {unknown[]} items what the keys are made of: `size` of them and some more
 * @throws Error when it does not
 */
export function verify({ order, get, put }, cache, { kind, size }, items) {
  const { key } = KEY_KINDS[kind];
  const read = new Function('cache', 'item', `const key = ${key}; return ${get};`);
  const write = new Function('cache', 'item', 'value', `const key = ${key}; ${put};`);
  const readModel = new Function('cache', 'item', `return cache.get(${key});`);
  const writeModel = new Function('cache', 'item', 'value', `cache.set(${key}, value);`);
  const model = new LruMap(order === 'none' ? items.length : size);
  const end = performance.now() + TIMEOUT_MS;
  const store = (item) => {
    if (performance.now() > end)
      throw new Error(`its check took more than ${TIMEOUT_MS / 1_000} s`);
    const value = { item };
    write(cache, item, value);
    writeModel(model, item, value);
    if (read(cache, item) !== value) throw new Error('the value that was put last is missing');
    readModel(model, item);
  };
  for (let i = 0; i < size; i++) store(items[i]);
  const others = items.length - size;
  for (let i = 0; i < OPERATIONS; i++) {
    // Reads old keys, new keys and any keys by turns: a wrong eviction shows among the least recent and the new ones.
    const place = Math.floor(Math.random() * (i % 3 === 2 ? items.length : others));
    const item = items[i % 3 === 1 ? size + place : place];
    const expected = readModel(model, item);
    const found = read(cache, item);
    if (found !== expected && (order !== 'other' || (found !== undefined && found.item !== item))) {
      const what = found === undefined ? 'misses a key that it must hold' : 'returns a wrong value';
      throw new Error(`${what}, at operation ${i} of the check`);
    }
    if (found === undefined || expected === undefined) store(item);
  }
}
