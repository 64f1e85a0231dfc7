// A snapshot: save the entries of a cache, and start the next process with them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resilient } from 'holdfast';
import { dump, load } from 'holdfast/snapshot';

const folder = await mkdtemp(join(tmpdir(), 'holdfast-'));
const file = join(folder, 'squares.json');

let runs = 0;
const wrap = () =>
  resilient(
    async (n) => {
      runs++;
      return n * n;
    },
    { cache: { maxSize: 100, ttl: '1h' } },
  );

const square = wrap();
for (const n of [2, 3, 4]) await square(n);
await writeFile(file, JSON.stringify(dump(square.cache)));
console.log('runs:', runs);

// In the next process. The time between the two counts: an entry lives no longer than its ttl.
const restarted = wrap();
console.log(load(restarted.cache, JSON.parse(await readFile(file, 'utf8'))));
console.log('results:', await restarted(2), await restarted(3), await restarted(5));
console.log('runs:', runs);

// Foreign or broken data changes nothing.
try {
  load(restarted.cache, { entries: 'none' });
} catch (error) {
  console.log(error.name, '- entries:', restarted.cache.size);
}
await rm(folder, { recursive: true });
