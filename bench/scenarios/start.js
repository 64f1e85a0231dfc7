import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IMPORTS } from '../packages.js';
import { shuffled, spread } from '../rounds.js';

export const title = 'start: importing the package in a new process';
export const unit = 'ms';
export const baseline = 'an empty module';

export function cells(quick) {
  return [{ processes: quick ? 5 : 60 }];
}

export async function run({ processes }, _timing, _contender, flags) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
  try {
    writeFileSync(join(folder, 'empty.mjs'), 'export {};\n');
    const targets = { [baseline]: pathToFileURL(join(folder, 'empty.mjs')).href };
    for (const name of Object.keys(IMPORTS)) targets[name] = import.meta.resolve(name);
    const scripts = new Map();
    for (const [name, target] of Object.entries(targets)) {
      const script = join(folder, `${scripts.size}.mjs`);
      writeFileSync(script, timedImport(target));
      scripts.set(name, script);
    }
    const times = new Map(Object.keys(targets).map((name) => [name, []]));
    for (let round = 0; round <= processes; round++) {
      for (const name of shuffled([...times.keys()])) {
        const args = [...flags, scripts.get(name)];
        const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
        // The first round fills the caches of the file system and does not count.
        if (round > 0) times.get(name).push(Number(stdout));
      }
    }
    return { rows: new Map([...times].map(([name, values]) => [name, spread(values)])) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A module that prints how long the import takes, without the start of the process. */
const timedImport = (target) => `const before = performance.now();
await import(${JSON.stringify(target)});
console.log(performance.now() - before);
`;
