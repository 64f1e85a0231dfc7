import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const PROGRAM = fileURLToPath(new URL('./tier-process.js', import.meta.url));

/** Starts a process with a tier, which is ready when this resolves. */
export async function startProcess(url, options = {}) {
  const settings = { client: 'node-redis 6', settings: { timeout: '2s' }, ...options, url };
  const child = fork(PROGRAM, [JSON.stringify(settings)]);
  const waiting = new Map();
  let ids = 0;
  const handle = { child, runs: 0, isReady: false };
  child.on('message', (message) => {
    if (message.isReady) handle.isReady = true;
    else if (message.run) handle.runs = message.run;
    else {
      const { resolve, reject } = waiting.get(message.id);
      if (message.error === undefined) resolve(message);
      else reject(new Error(message.error));
    }
  });
  handle.tell = (action, ...args) =>
    new Promise((resolve, reject) => {
      waiting.set(++ids, { resolve, reject });
      child.send({ id: ids, action, args });
    });
  handle.ask = async (action, ...args) => (await handle.tell(action, ...args)).result;
  handle.end = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', resolve);
      child.kill('SIGCONT');
      child.kill('SIGKILL');
    });
  await until(() => handle.isReady, 'the process is up', 60_000);
  await until(async () => (await handle.ask('state')) === 'ready', 'a connection', 30_000);
  return handle;
}
