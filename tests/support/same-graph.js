import assert from 'node:assert/strict';

/**
 * Fails unless two values are deeply equal, in prototypes, holes, -0 and the flags of properties, and refer to equal objects in
 * the same way: an object that one value has twice, the other has twice.
 */
export function assertSameGraph(actual, expected) {
  const partners = new Map();
  const taken = new Set();
  const pairs = [[actual, expected]];
  for (const [one, other] of pairs) {
    if (!isObject(one) || !isObject(other)) {
      assert.ok(Object.is(one, other), `${String(one)} is not ${String(other)}`);
      continue;
    }
    if (partners.has(other)) {
      assert.equal(partners.get(other), one, 'a shared reference');
      continue;
    }
    assert.ok(!taken.has(one), 'a reference that was not shared');
    partners.set(other, one);
    taken.add(one);
    assert.equal(Object.getPrototypeOf(one), Object.getPrototypeOf(other), 'the prototype');
    assert.equal(tag(one), tag(other));
    const [state, otherState] = [stateOf(one), stateOf(other)];
    assert.equal(state.length, otherState.length);
    for (const [index, part] of state.entries()) pairs.push([part, otherState[index]]);
    if (ArrayBuffer.isView(other)) continue;
    const names = Reflect.ownKeys(other);
    assert.deepEqual(new Set(Reflect.ownKeys(one)), new Set(names), 'the names of properties');
    assert.deepEqual(Object.keys(one), Object.keys(other), 'the order of properties');
    for (const name of names) {
      assert.equal(isListed(one, name), isListed(other, name), `enumerable: ${String(name)}`);
      pairs.push([one[name], other[name]]);
    }
  }
}

const isObject = (value) => typeof value === 'object' && value !== null;
const tag = (value) => Object.prototype.toString.call(value);
const isListed = (object, name) => Object.prototype.propertyIsEnumerable.call(object, name);

/** What an object holds that is no property. */
function stateOf(value) {
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (value instanceof Date) return [value.getTime()];
  if (value instanceof RegExp) return [value.source, value.flags];
  if (value instanceof URL) return [value.href];
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
  if (ArrayBuffer.isView(value)) {
    return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  }
  return /^\[object (Number|String|Boolean|BigInt)\]$/.test(tag(value)) ? [value.valueOf()] : [];
}
