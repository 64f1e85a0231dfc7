import { join } from 'node:path';
import { assertConforms, run } from '../consumer.js';

/** A test with fake timers: time passes for the ttl, the retry and the timeout. `time` has `pass(milliseconds)`. */
const WITH_FAKE_TIMERS = `
async function withFakeTimers({ ResultCache, resilient }, pass, equal) {
  const cache = new ResultCache({ ttl: '1m' }).put('a', 1);
  await pass(60_000);
  equal(cache.get('a'), 1);
  await pass(1);
  equal(cache.get('a'), undefined);

  let runs = 0;
  const f = resilient(async () => (++runs < 3 ? Promise.reject(new Error('boom')) : 'fine'), {
    retry: { delay: '10s', jitter: false },
  });
  const answer = f();
  await pass(10_000);
  equal(runs, 2);
  await pass(20_000);
  equal(await answer, 'fine');

  const slow = resilient(() => new Promise(() => {}), { timeout: '5m' })();
  const code = slow.catch((error) => error.code);
  await pass(300_000);
  equal(await code, 'TIMEOUT');
}`;

const JEST = `const holdfast = require('holdfast');
${WITH_FAKE_TIMERS}
test('with fake timers', async () => {
  jest.useFakeTimers();
  await withFakeTimers(holdfast, (ms) => jest.advanceTimersByTimeAsync(ms), (a, b) => expect(a).toBe(b));
  jest.useRealTimers();
});
test('the suite', async () => {
  const { conform } = require('./conformance.js');
  const results = await conform(holdfast);
  require('node:fs').writeFileSync('results.json', JSON.stringify(results));
}, 60_000);
`;

/** Jest takes CommonJS by default: the suite is bundled, as the transform of a user would do. */
const jest = (environment, dependencies) => ({
  name: `Jest, ${environment}`,
  async run(consumer) {
    const folder = await consumer.install(
      { jest: '^30.0.0', esbuild: '^0.28.2', ...dependencies },
      {
        'all.test.cjs': JEST.replace('./conformance.js', './conformance.cjs'),
        'jest.config.json': JSON.stringify({
          testEnvironment: environment,
          testMatch: ['**/all.test.cjs'],
          transform: {},
        }),
        'bundle.mjs': `import { build } from 'esbuild';
await build({
  entryPoints: ['conformance.js'],
  outfile: 'conformance.cjs',
  bundle: true,
  format: 'cjs',
});`,
      },
    );
    await run(process.execPath, ['bundle.mjs'], { cwd: folder });
    await run(process.execPath, ['node_modules/jest/bin/jest.js', '--ci'], { cwd: folder });
    assertConforms(await printed(folder));
  },
});

const printed = (folder) =>
  run(process.execPath, ['-p', "fs.readFileSync('results.json', 'utf8')"], { cwd: folder });

const VITEST = `import { writeFileSync } from 'node:fs';
import * as holdfast from 'holdfast';
import { expect, test, vi } from 'vitest';
import { conform } from './conformance.js';
${WITH_FAKE_TIMERS}
test('with fake timers', async () => {
  vi.useFakeTimers();
  await withFakeTimers(holdfast, (ms) => vi.advanceTimersByTimeAsync(ms), (a, b) => expect(a).toBe(b));
  vi.useRealTimers();
});
test('the suite', async () => {
  writeFileSync('results.json', JSON.stringify(await conform(holdfast)));
}, 60_000);
`;

const NODE_TEST = `import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import * as holdfast from 'holdfast';
import { conform } from './conformance.js';
${WITH_FAKE_TIMERS}
const turn = setImmediate;
test('with fake timers', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const pass = async (milliseconds) => {
    for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => turn(resolve));
    mock.timers.tick(milliseconds);
    for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => turn(resolve));
  };
  await withFakeTimers(holdfast, pass, assert.equal);
  mock.timers.reset();
});
test('the suite', async () => {
  writeFileSync('results.json', JSON.stringify(await conform(holdfast)));
});
`;

export const testRunnerRows = [
  jest('node', {}),
  jest('jsdom', { 'jest-environment-jsdom': '^30.0.0' }),
  {
    name: 'Vitest',
    async run(consumer) {
      const folder = await consumer.install({ vitest: '^5.0.0' }, { 'all.test.js': VITEST });
      await run(process.execPath, [join('node_modules', 'vitest', 'vitest.mjs'), 'run'], {
        cwd: folder,
      });
      assertConforms(await printed(folder));
    },
  },
  {
    name: 'node:test',
    async run(consumer) {
      const folder = await consumer.install({}, { 'all.test.mjs': NODE_TEST });
      await run(process.execPath, ['--test', 'all.test.mjs'], { cwd: folder });
      assertConforms(await printed(folder));
    },
  },
];
