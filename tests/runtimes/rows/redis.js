import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { findServer } from '../../../scripts/find-servers.js';
import { programOf } from '../../support/runtime.js';
import { startServer } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { NotRun } from '../consumer.js';

const PROGRAM = 'tier-process.js';
const TEXT = readFileSync(new URL(`../${PROGRAM}`, import.meta.url), 'utf8');
const { devDependencies } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
);

/** Starts the program with a tier. `ask` resolves to the answer to one action. */
function startProcess(program, args, folder) {
  const child = spawn(program, args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(...action) {
      child.stdin.write(`${JSON.stringify(action)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`the process has ended\n${printed}`);
      const { result, error } = JSON.parse(value);
      if (error) throw new Error(error);
      return result;
    },
    /** Ends the input, and resolves to the exit code. */
    end: () =>
      new Promise((resolve) => {
        child.once('close', resolve);
        child.stdin.end();
      }),
    kill: () => child.kill('SIGKILL'),
  };
}

async function check(one, other) {
  const count = async (process, id) => {
    const { isWhole, runs } = await process.ask('call', id);
    assert.ok(isWhole, 'the result is another one');
    return runs;
  };
  const untilReady = (process) =>
    until(async () => (await process.ask('health')).state === 'ready', 'a connection', 30_000);
  await untilReady(one);
  await untilReady(other);
  assert.ok((await one.ask('health')).coherent, 'the server does not push changes');
  assert.equal(await count(one, 1), 1);
  // No caller waits until the result is stored.
  await until(() => one.ask('has', 1), 'the result is stored');
  assert.equal(await count(other, 1), 0, 'no hit across processes');

  assert.equal(await one.ask('invalidate', 1), true);
  await until(async () => !(await other.ask('has', 1)), 'the other process hears of it');
  assert.equal(await count(other, 1), 1, 'an invalidated result was returned');
  await until(() => other.ask('has', 1), 'the result is stored');
  assert.equal(await count(one, 1), 1, 'no hit after invalidation');

  await one.ask('invalidateTag', 'tag-1');
  await until(async () => !(await other.ask('has', 1)), 'the other process hears of the tag');
  assert.equal(await count(other, 1), 2, 'a result was returned whose tag was invalidated');
  for (const process of [one, other]) {
    await process.ask('close');
    assert.equal(await process.end(), 0, 'the process does not end');
  }
}

function redisRow(runtime, options) {
  return {
    name: `node-redis in ${runtime}`,
    async run(consumer) {
      if (!findServer('redis')) throw new NotRun('there is no redis-server');
      const files = { [PROGRAM]: TEXT };
      const folder = await consumer.install({ redis: devDependencies.redis }, files);
      const server = await startServer('redis');
      const args = [...options, PROGRAM, server.url];
      const processes = [0, 1].map(() =>
        startProcess(programOf(runtime.toLowerCase()), args, folder),
      );
      try {
        await check(...processes);
      } finally {
        for (const process of processes) process.kill();
        await server.stop();
      }
    },
  };
}

export const redisRows = [
  redisRow('Deno', ['run', '--quiet', '--allow-all', '--node-modules-dir=manual']),
  redisRow('Bun', []),
];
