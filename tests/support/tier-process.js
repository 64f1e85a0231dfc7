// A process that calls one function with a tier. It is told what to do by messages, and reports each run.
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { CLIENTS } from './redis-clients.js';

const { url, client, settings, cache, clockOffset = 0 } = JSON.parse(process.argv[2]);
if (clockOffset) {
  const { now } = Date;
  Date.now = () => now() + clockOffset;
}

const tier = redisTier({ client: await CLIENTS[client](url), ...settings });
let runs = 0;
const fn = async (id, milliseconds, value = 'value') => {
  process.send({ run: ++runs });
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return `${value} of ${id}`;
};
const key = (id) => id;
const get = resilient(fn, { name: 'get', cache: { ttl: '1m', ...cache, tier, key } });

const actions = {
  state: () => tier.health().state,
  stats: () => tier.stats,
  has: (id) => get.cache.has(id),
  call: (...args) => get(...args),
  herd: (count, ...args) => Promise.all(Array.from({ length: count }, () => get(...args))),
  invalidate: (...args) => get.invalidate(...args),
  close: () => tier[Symbol.asyncDispose](),
};

process.on('message', async ({ id, action, args }) => {
  const started = performance.now();
  try {
    const result = await actions[action](...args);
    process.send({ id, result, milliseconds: performance.now() - started });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send({ isReady: true });
