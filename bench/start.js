// What importing costs: a process that imports the package beside one that imports an empty module, in turns.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 60;
const DIST = new URL('../dist/', import.meta.url);

const folder = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
/** Measures the import alone, and not the start of the process. */
const program = (target) => `const before = performance.now();
await import(${JSON.stringify(target)});
console.log(performance.now() - before);
`;
writeFileSync(join(folder, 'empty.mjs'), 'export {};\n');
const CONTENDERS = {
  'an empty module': new URL(`file://${join(folder, 'empty.mjs')}`).href,
  holdfast: new URL('index.js', DIST).href,
  'holdfast/js': new URL('js.js', DIST).href,
};
for (const [name, target] of Object.entries(CONTENDERS)) {
  writeFileSync(join(folder, `${name.replace(/\W/g, '-')}.mjs`), program(target));
}

const times = Object.fromEntries(Object.keys(CONTENDERS).map((name) => [name, []]));
for (let round = 0; round <= ROUNDS; round++) {
  const order = Object.keys(CONTENDERS).sort(() => Math.random() - 0.5);
  for (const name of order) {
    const script = join(folder, `${name.replace(/\W/g, '-')}.mjs`);
    const { stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    // The first round fills the caches of the file system.
    if (round > 0) times[name].push(Number(stdout));
  }
}
rmSync(folder, { recursive: true, force: true });

const quantile = (sorted, share) => sorted[Math.floor(sorted.length * share)];
const base = quantile(
  times['an empty module'].toSorted((a, b) => a - b),
  0.5,
);
console.log(`import, in ms: the median of ${ROUNDS} processes, the quarter below and above it`);
for (const [name, list] of Object.entries(times)) {
  const sorted = list.toSorted((a, b) => a - b);
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share).toFixed(2));
  const more = (quantile(sorted, 0.5) - base).toFixed(2);
  console.log(
    `${name.padEnd(16)} ${median} (${low} to ${high}), ${more} more than an empty module`,
  );
}
