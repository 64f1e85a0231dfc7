import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ResultCache } from 'holdfast';
import { dump, load } from 'holdfast/snapshot';

it('a million entries are dumped and loaded', () => {
  const cache = new ResultCache({ maxSize: 1_000_000 });
  for (let key = 0; key < 1_000_000; key++) cache.put(key, key);
  const copy = new ResultCache({ maxSize: 1_000_000 });
  assert.deepEqual(load(copy, dump(cache)), { loaded: 1_000_000, skipped: 0 });
  assert.equal(copy.get(999_999), 999_999);
});
