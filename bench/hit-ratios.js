// npm run bench:hit-ratios -- <folder>: the hit ratio of each policy on the traces in a folder, as a table in Markdown.
// The folder has the traces of the list below under their usual names, compressed by gzip or not; those that are missing
// are left out. LIRS's traces come with its simulator, cloudPhysicsIO with libCacheSim, web07 with cache2k.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulate } from '../dist/tuning.js';

const TRACES = [
  { name: 'gli', file: /^lirs_gli/, sizes: [250, 500, 1_000, 1_500, 2_000] },
  { name: '2_pools', file: /^lirs_2_pools/, sizes: [100, 250, 450] },
  { name: 'cpp', file: /^lirs_cpp/, sizes: [35, 100, 300] },
  { name: 'multi1', file: /^lirs_multi1/, sizes: [500, 1_000, 2_000] },
  { name: 'multi2', file: /^lirs_multi2/, sizes: [500, 1_000, 2_000] },
  { name: 'sprite', file: /^lirs_sprite/, sizes: [100, 250, 500, 1_000] },
  { name: 'web07', file: /^cache2k_web07/, sizes: [20, 204, 2_048, 5_121], format: 'cache2k' },
  { name: 'cloudPhysicsIO', file: /^cloudPhysicsIO/, sizes: [48, 489, 4_897, 12_243], key: 'lbn' },
];

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('Which folder? npm run bench:hit-ratios -- <folder>');
  process.exit(1);
}
const files = readdirSync(folder);
let header;
for (const { name, file, ...options } of TRACES) {
  const found = files.find((other) => file.test(other));
  if (!found) continue;
  const { policies, requests } = await simulate(
    new Uint8Array(readFileSync(join(folder, found))),
    options,
  );
  if (!header) {
    header = ['trace', 'requests', 'entries', ...policies.map(({ policy }) => policy)];
    console.log(
      `| ${header.join(' | ')} |\n|${' ---: |'.repeat(header.length).replace(' ---: |', ' --- |')}`,
    );
  }
  for (const size of options.sizes) {
    const ratios = policies.map(
      ({ points }) => points.find((point) => point.size === size).hitRatio,
    );
    const best = Math.max(...ratios.slice(0, -1));
    const cells = ratios.map((ratio) => {
      const text = (100 * ratio).toFixed(2);
      return ratio === best ? `**${text}**` : text;
    });
    console.log(`| ${[name, requests, size, ...cells].join(' | ')} |`);
  }
}
