import { KEY_KINDS } from './key-kinds.js';
import { RecentLast } from './maps.js';

const OPERATIONS = 20_000;
/** In milliseconds, for a check. */
const PATIENCE = 10_000;

/**
 * Holds a cache to what it claims, before it is timed: one of the same size and with the same kind of keys as the one
 * that is timed, so that the engine sees nothing else there. An exact LRU must agree with the model at every operation;
 * another must give back the right value or none, and always what was put last.
 * @throws when it does not
 */
export function verify({ order, get, put }, cache, { kind, size }, parts) {
  const { key } = KEY_KINDS[kind];
  const read = new Function('cache', 'part', `const key = ${key}; return ${get};`);
  const write = new Function('cache', 'part', 'value', `const key = ${key}; ${put};`);
  const readModel = new Function('cache', 'part', `return cache.get(${key});`);
  const writeModel = new Function('cache', 'part', 'value', `cache.set(${key}, value);`);
  const model = new RecentLast(order === 'none' ? parts.length : size);
  const end = performance.now() + PATIENCE;
  const store = (part) => {
    if (performance.now() > end) throw new Error(`its check took more than ${PATIENCE / 1_000} s`);
    const value = { part };
    write(cache, part, value);
    writeModel(model, part, value);
    if (read(cache, part) !== value) throw new Error('what was put last is not there');
    readModel(model, part);
  };
  for (let i = 0; i < size; i++) store(parts[i]);
  const other = parts.length - size;
  for (let i = 0; i < OPERATIONS; i++) {
    // Among the least recent, the new ones, and all, for there are the mistakes that a cache can make.
    const place = Math.floor(Math.random() * (i % 3 === 2 ? parts.length : other));
    const part = parts[i % 3 === 1 ? size + place : place];
    const expected = readModel(model, part);
    const found = read(cache, part);
    if (found !== expected && (order !== 'other' || (found !== undefined && found.part !== part))) {
      const what = found === undefined ? 'missed what it should have' : 'has what it should not';
      throw new Error(`it ${what}, at operation ${i} of the check`);
    }
    if (found === undefined || expected === undefined) store(part);
  }
}
