import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { shuffled, spread } from '../rounds.js';

export const title =
  'start: importing, in a new process, and the size of a bundle, minified and gzipped';
export const unit = 'ms';
export const limit = 'an empty module';

/** What a program imports of each. */
const PACKAGES = {
  holdfast: '{ resilient, ResultCache }',
  'holdfast/js': '{ resilient, ResultCache }',
  'lru-cache': '{ LRUCache }',
  'quick-lru': '{ default }',
  'tiny-lru': '{ lru }',
  'lru.min': '{ createLRU }',
  mnemonist: '{ LRUMap }',
  '@isaacs/ttlcache': '{ TTLCache }',
  'p-memoize': '{ default }',
  memoize: '{ default }',
  'async-cache-dedupe': '{ createCache }',
  cacheable: '{ Cacheable }',
  bentocache: '{ BentoCache, bentostore }',
  cockatiel: '*',
  opossum: '{ default }',
  effect: '{ Cache, Effect, Schedule }',
};

export function cells(quick) {
  return [{ processes: quick ? 5 : 60 }];
}

export async function run({ processes }, _limits, _contender, flags) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
  try {
    writeFileSync(join(folder, 'empty.mjs'), 'export {};\n');
    const targets = { [limit]: pathToFileURL(join(folder, 'empty.mjs')).href };
    for (const name of Object.keys(PACKAGES)) targets[name] = import.meta.resolve(name);
    const scripts = new Map();
    for (const [name, target] of Object.entries(targets)) {
      const script = join(folder, `${scripts.size}.mjs`);
      writeFileSync(script, timed(target));
      scripts.set(name, script);
    }
    const times = new Map(Object.keys(targets).map((name) => [name, []]));
    for (let round = 0; round <= processes; round++) {
      for (const name of shuffled([...times.keys()])) {
        const args = [...flags, scripts.get(name)];
        const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
        // The first round fills the caches of the file system.
        if (round > 0) times.get(name).push(Number(stdout));
      }
    }
    const notes = {};
    for (const [name, what] of Object.entries(PACKAGES)) notes[name] = await bundled(name, what);
    return { rows: new Map([...times].map(([name, list]) => [name, spread(list)])), notes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures the import alone, and not the start of the process. */
const timed = (target) => `const before = performance.now();
await import(${JSON.stringify(target)});
console.log(performance.now() - before);
`;

/** The size of a bundle for Node that exports so much of the package. */
async function bundled(name, what) {
  const { outputFiles } = await build({
    stdin: { contents: `export ${what} from '${name}';`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'silent',
  });
  const [{ contents }] = outputFiles;
  return `${(gzipSync(contents, { level: 9 }).length / 1_000).toFixed(1)} kB`;
}
