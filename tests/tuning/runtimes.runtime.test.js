// holdfast/tuning in Deno and Bun.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { programOf } from '../support/runtime.js';
import { gzipped, lruHits, plainTrace, skewedKeys } from '../support/traces.js';

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.resolve('holdfast'))));
const keys = skewedKeys(20_000, 1_000);
/** Reads a file, a compressed stream and a recording. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { ResultCache } from 'holdfast';
import { record, simulate } from 'holdfast/tuning';
const bytes = new Uint8Array(readFileSync('keys.txt.gz'));
const options = { policies: ['lru', 'optimal'], sizes: [100] };
const one = await simulate(new Blob([bytes]), options);
const two = await simulate(new Response(bytes).body, options);
const cache = new ResultCache();
const controller = new AbortController();
const recording = record(cache, { signal: controller.signal });
for (let index = 0; index < 100; index++) cache.get(index % 10);
controller.abort();
const three = await simulate(recording, options);
console.log(JSON.stringify([one, two, three].map((report) => report.policies[0].points[0].hitRatio)));
`;
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-tuning-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(PACKAGE, join(folder, 'node_modules', 'holdfast'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'main.js'), PROGRAM);
  writeFileSync(join(folder, 'keys.txt.gz'), gzipped(plainTrace(keys)));
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** The command that runs a file in each runtime. */
const RUNTIMES = {
  deno: ['run', '--quiet', '--allow-read', '--node-modules-dir=manual'],
  bun: ['run'],
};

describe('holdfast/tuning in other runtimes', () => {
  for (const [runtime, args] of Object.entries(RUNTIMES)) {
    it(`${runtime} simulates a file, a stream and a recording`, () => {
      const options = { cwd: folder, encoding: 'utf8', timeout: 120_000 };
      const { status, stdout, stderr } = spawnSync(
        programOf(runtime),
        [...args, 'main.js'],
        options,
      );
      assert.equal(status, 0, stderr);
      const expected = lruHits(keys, 100) / 20_000;
      assert.deepEqual(JSON.parse(stdout), [expected, expected, 0.9]);
    });

    it(`${runtime} runs the program`, () => {
      const program = join('node_modules', 'holdfast', 'dist', 'cli.js');
      const more = runtime === 'deno' ? ['--allow-env'] : [];
      const command = [...args, ...more, program, 'simulate', 'keys.txt.gz', '--policies', 'lru'];
      const options = { cwd: folder, encoding: 'utf8', timeout: 120_000 };
      const { status, stdout, stderr } = spawnSync(programOf(runtime), command, options);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^20,000 requests/);
    });
  }
});
