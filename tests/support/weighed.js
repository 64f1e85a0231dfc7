import assert from 'node:assert/strict';
import { bundleOfCode } from './bundle.js';

/** A bundle of the classes that keep the weights, with the core as WebAssembly or as JavaScript. */
export function importRecordsView({ wasm }) {
  const code = `
    export { RecordsView } from './js/core/records-view.ts';
    export { ResultCache } from './js/cache/result-cache.ts';
  `;
  return bundleOfCode(code, { wasm });
}

/** A cache of keys and weights on `RecordsView`, next to a model: a `Map` in the order of use. */
export function weighedIn({ RecordsView }) {
  return class Weighed extends RecordsView {
    model = new Map();
    keys = [];

    put(key, weight, deadline = Infinity) {
      let slot = this.index.get(key);
      if (slot !== undefined) this.renew(slot, deadline);
      else {
        slot = this.take();
        if (this.isFull) this.unlink(slot, this.oldest());
        this.write(slot, deadline);
        this.index.set(key, slot);
        this.keys[slot] = key;
      }
      this.model.delete(key);
      this.model.set(key, weight);
      assert.equal(this.setWeight(slot, weight), true);
    }

    get(key) {
      const weight = this.model.get(key);
      this.mark(this.index.get(key));
      this.model.delete(key);
      this.model.set(key, weight);
    }

    delete(key) {
      const slot = this.index.get(key);
      this.remove(slot);
      this.unlink(slot, key);
    }

    /** Evicts until the total weight is at most `most`. */
    trim(most) {
      const { maxSize, limit } = this;
      for (;;) {
        const slot = this.takeOverweight(most);
        assert.deepEqual([this.maxSize, this.limit], [maxSize, limit]);
        if (slot === 0) return;
        this.remove(slot);
        this.unlink(slot, this.oldest());
      }
    }

    oldest() {
      return this.model.keys().next().value;
    }

    unlink(slot, key) {
      assert.equal(this.keys[slot], key, 'the wrong entry');
      this.index.delete(key);
      this.model.delete(key);
    }

    compare(step) {
      const weights = [...this.index].map(([key, slot]) => [key, this.weightAt(slot)]);
      assert.deepEqual(new Map(weights), this.model, step);
      const total = [...this.model.values()].reduce((sum, weight) => sum + weight, 0);
      assert.equal(this.totalWeight, total, step);
    }
  };
}
