// One of the two processes: calls its function when the other program says so.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { createClient } from 'redis';

const [, , url, by] = process.argv;
const tier = redisTier({ client: createClient({ url }), prefix: 'two-processes' });

const priceOf = resilient(
  async (product) => {
    await sleep(100);
    return { product, price: 19, by, run: randomUUID() };
  },
  { name: 'priceOf', cache: { ttl: '5m', tier } },
);
// An earlier start of this program may have left a result.
await priceOf.invalidate('tea');

process.on('message', async (message) => {
  if (message === 'stop') {
    await tier[Symbol.asyncDispose]();
    process.disconnect();
    return;
  }
  const { method, args } = message;
  const result = await (method === 'call' ? priceOf(...args) : priceOf[method](...args));
  process.send(result);
});
process.send('ready');
