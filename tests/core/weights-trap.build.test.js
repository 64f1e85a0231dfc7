import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { importTrapping } from '../support/traps.js';
import { importRecordsView, weighedIn } from '../support/weighed.js';

const { Instance } = WebAssembly;
const { holdfast, instances, names, calls, arm, sprung } = await importTrapping(() =>
  importRecordsView({ wasm: true }),
);
const Weighed = weighedIn(holdfast);
after(() => {
  WebAssembly.Instance = Instance;
});

/** Moves the memory, as the growth of a cache does. */
function moveMemory() {
  for (const { exports } of instances.slice(-2)) exports.memory.grow(1);
}

/** Uses every function of a cache with weights. Traps in any call change nothing of it. */
function exercise() {
  const bystander = new Weighed(8);
  for (let key = 0; key < 8; key++) bystander.put(key, 2 ** key);
  const cache = new Weighed(64);
  cache.put('zero', 0);
  cache.compare('without a weight');
  for (let key = 0; key < 40; key++) cache.put(key, key % 7);
  cache.compare('put');
  moveMemory();
  cache.compare('moved');
  for (const key of [3, 0, 17, 4]) cache.get(key);
  for (const key of [5, 39]) cache.delete(key);
  cache.put(6, 100);
  cache.put('zero', 9);
  cache.compare('replaced');
  moveMemory();
  cache.trim(cache.totalWeight - 50);
  cache.compare('trimmed');
  for (let key = 100; key < 200; key++) cache.put(key, key);
  cache.compare('full');
  cache.put('mortal', 1000, 5);
  const expired = cache.expire(6);
  cache.unlink(expired, 'mortal');
  cache.compare('expired');
  for (let key = 199; key > 190; key--) cache.get(key);
  cache.trim(1_900);
  assert.ok(cache.totalWeight > 1_600, `${cache.totalWeight}`);
  cache.compare('trimmed again');
  bystander.compare('next to it');
  bystander.trim(200);
  assert.deepEqual([...bystander.model.keys()], [3, 4, 5, 6, 7].slice(-bystander.model.size));
  bystander.compare('trimmed next to it');
  cache.index.clear();
  cache.model.clear();
  cache.clear();
  cache.compare('cleared');
  cache.put('a', 5);
  cache.compare('put after clear');
  bystander.free();
}

exercise();
const totals = new Map(calls);

describe('a cache with weights survives a trap in the core', () => {
  for (const when of ['before', 'after', 'forever']) {
    for (const name of names) {
      it(`a trap in ${name} (${when}) keeps all weights, their total and the order`, () => {
        for (let number = 1; number <= (totals.get(name) ?? 0); number++) {
          arm(name, number, when);
          try {
            exercise();
            assert.equal(sprung(), true);
          } catch (error) {
            sprung();
            error.message = `call ${number} of ${name}: ${error.message}`;
            throw error;
          }
        }
      });
    }
  }

  it('the trap tests reach every export that a cache with weights calls', () => {
    assert.deepEqual([...totals.keys()].sort(), [...names].sort());
  });
});
