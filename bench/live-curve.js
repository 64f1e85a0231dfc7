// npm run bench:live-curve -- <folder>: how far `cache.missRatioCurve()` is off on the traces in a folder, in points, at
// half, once and twice `maxSize`, as a table in Markdown. The exact hit ratios are those of `simulate`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { adaptive, advice } from '../dist/adaptive.js';
import { ResultCache } from '../dist/index.js';
import { simulate } from '../dist/tuning.js';

/** Sizes, as parts of the number of keys. */
const PARTS = [1 / 1_000, 1 / 100, 1 / 30, 1 / 10, 1 / 4];
const FACTORS = [0.5, 1, 2];
/** Each cache has other random numbers. */
const RUNS = 5;

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('Which folder? npm run bench:live-curve -- <folder>');
  process.exit(1);
}

/** The keys of a trace; of a table, the last column. */
function keysOf(bytes, name) {
  if (name.includes('cache2k')) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getInt32(4 * index));
  }
  const words = bytes.toString().split('\n');
  return words
    .map((line) => line.slice(line.lastIndexOf(',') + 1).trim())
    .filter((key) => /^\d+$/.test(key));
}

const errors = { lru: [], adaptive: [] };
const large = [];
console.log('| trace | entries | exact: half, once, twice | errors with LRU | with adaptive |');
console.log('| --- | ---: | --- | --- | --- |');
for (const file of readdirSync(folder).filter((name) => name.endsWith('.gz'))) {
  const keys = keysOf(gunzipSync(readFileSync(join(folder, file))), file);
  const count = new Set(keys).size;
  for (const part of PARTS) {
    const entries = Math.floor(part * count);
    if (entries < 8) continue;
    const sizes = FACTORS.map((factor) => Math.round(factor * entries));
    const report = await simulate(new TextEncoder().encode(keys.join('\n')), {
      sizes,
      policies: ['lru'],
      format: 'plain',
    });
    const exact = report.policies[0].points.map(({ hitRatio }) => hitRatio);
    const cells = [];
    for (const [name, option] of Object.entries({
      lru: { advice },
      adaptive: { policy: adaptive },
    })) {
      const sums = FACTORS.map(() => 0);
      let hasAll = true;
      for (let run = 0; run < RUNS; run++) {
        const cache = new ResultCache({ maxSize: entries, ttl: 0, ...option });
        for (const key of keys) if (cache.get(key) === undefined) cache.put(key, 1);
        const curve = cache.missRatioCurve();
        hasAll &&= curve !== undefined;
        if (!curve) continue;
        sizes.forEach((size, index) => {
          const point = curve.points.find((point) => point.size === size);
          const error = 100 * Math.abs(point.hitRatio - exact[index]);
          sums[index] += error / RUNS;
          errors[name].push(error);
          if (error > 5)
            large.push(
              `${name}: ${file}, ${entries} entries, ${FACTORS[index]} times the size, ${error.toFixed(1)}`,
            );
        });
      }
      cells.push(hasAll ? sums.map((sum) => sum.toFixed(2)).join(', ') : 'too few samples');
    }
    const percents = exact.map((ratio) => (100 * ratio).toFixed(1)).join(', ');
    console.log(
      `| ${file.replace('.trace.gz', '')} | ${entries} | ${percents} | ${cells.join(' | ')} |`,
    );
  }
}
for (const [name, list] of Object.entries(errors)) {
  const mean = list.reduce((sum, error) => sum + error, 0) / list.length;
  const above = list.filter((error) => error > 5).length;
  console.log(
    `\n${name}: mean error ${mean.toFixed(2)} points, largest ${Math.max(...list).toFixed(2)}, ${above} of ${list.length} above 5`,
  );
}
if (large.length > 0) console.log(`\nAbove 5:\n${large.join('\n')}`);
