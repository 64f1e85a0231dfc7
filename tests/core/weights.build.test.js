import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { importLimited } from '../support/limited-memory.js';
import { importRecordsView, weighedIn } from '../support/weighed.js';

const PUTS = 20_000;
const limited = await importLimited(2, () => importRecordsView({ wasm: true }));
after(limited.restore);

for (const wasm of [true, false]) {
  const Weighed = weighedIn(await importRecordsView({ wasm }));

  describe(`weights, with the core in ${wasm ? 'WebAssembly' : 'JavaScript'}`, () => {
    it('takeOverweight takes the least recently used entries until the limit holds', () => {
      const cache = new Weighed(100);
      for (let key = 0; key < 50; key++) cache.put(key, key);
      for (let key = 0; key < 50; key += 3) cache.get(key);
      cache.put(1, 1);
      for (let most = 1_200; most > 0; most -= 47) {
        cache.trim(most);
        cache.compare(`at most ${most}`);
        assert.ok(cache.totalWeight <= most);
      }
    });

    it('takeOverweight takes nothing while the limit holds', () => {
      const cache = new Weighed(10);
      for (const most of [0, 5, NaN, Infinity]) assert.equal(cache.takeOverweight(most), 0);
      cache.put('a', 5);
      for (const most of [5, NaN, Infinity]) assert.equal(cache.takeOverweight(most), 0);
      cache.put('b', 2 ** 53 - 1);
      cache.compare('two');
      cache.trim(2 ** 53 - 1);
      assert.deepEqual([...cache.model.keys()], ['b']);
      cache.put('b', 3);
      cache.trim(0);
      assert.equal(cache.index.size, 0);
    });

    it('takeOverweight takes an entry also when all were used', () => {
      const cache = new Weighed(300);
      for (let key = 0; key < 300; key++) cache.put(key, 1);
      for (let key = 299; key >= 0; key--) cache.get(key);
      cache.trim(297);
      assert.equal(cache.oldest(), 296);
      for (let key = 300; key < 400; key++) cache.put(key, 2);
      cache.compare('below maxSize again, and at it');
      assert.equal(cache.index.size, 300);
    });

    it('the weight of an evicted entry counts until that of the new entry is set', () => {
      const cache = new Weighed(1);
      cache.put('a', 7);
      const slot = cache.take();
      assert.deepEqual([cache.totalWeight, cache.weightAt(slot)], [7, 7]);
      cache.unlink(slot, 'a');
      cache.write(slot, Infinity);
      cache.index.set('b', slot);
      assert.equal(cache.totalWeight, 7);
      cache.setWeight(slot, 2);
      assert.deepEqual([cache.totalWeight, cache.weightAt(slot)], [2, 2]);
    });

    it('setDeadline moves the deadline of an entry, and leaves it in its order', () => {
      const cache = new Weighed(2);
      cache.put('a', 1, 10);
      cache.put('b', 1, 10);
      cache.setDeadline(cache.index.get('a'), 50);
      assert.equal(cache.due, 10);
      assert.equal(cache.expire(20), cache.index.get('b'));
      cache.unlink(cache.index.get('b'), 'b');
      assert.equal(cache.expire(50), 0);
      cache.put('c', 1);
      cache.setDeadline(cache.index.get('a'), 30);
      assert.equal(cache.due, 30);
      // Evicts 'a', the least recently used.
      cache.put('d', 1);
      assert.deepEqual([...cache.index.keys()], ['c', 'd']);
    });
  });
}

describe('weights in a cache that cannot get more memory', () => {
  const Weighed = weighedIn(limited.holdfast);

  it('a cache without more memory evicts, and the total is that of the entries left', () => {
    const before = limited.instances.length;
    const cache = new Weighed(1e6);
    for (let key = 0; key < PUTS; key++) cache.put(key, key % 100);
    const { size } = cache.index;
    assert.ok(size > 500 && size < PUTS / 2, `${size} entries`);
    cache.compare('full');
    cache.trim(1_000);
    cache.compare('trimmed');
    assert.ok(cache.index.size < size);
    assert.ok(
      limited.instances.length - before < 10,
      `${limited.instances.length - before} instances`,
    );
  });

  it('a first weight moves the cache to another instance when there is no memory left', () => {
    const small = new Weighed(5);
    small.put('a', 0);
    const unweighed = new Weighed(1e6);
    while (unweighed.limit === 1e6) unweighed.put(unweighed.index.size, 0);
    for (const cache of Array.from({ length: 50 }, () => new Weighed(5))) {
      cache.put('b', 3);
      cache.compare('in a full instance');
    }
    small.put('a', 4);
    small.compare('moved');
    unweighed.compare('without weights');
  });
});
