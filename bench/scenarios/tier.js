import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { createClient } from 'redis';
import { startServer } from '../../tests/support/servers.js';
import { timeContenders } from '../rounds.js';

export const title = 'tier: results of a second tier, with a Redis server on this machine';
export const unit = 'ns per call';

const VALUE = { id: 42, name: 'Ada', roles: ['admin', 'author'], text: 'x'.repeat(130) };
const KEYS = 100;

/** The row that each cell is compared with. */
const BASELINES = {
  'hit in the first tier': 'holdfast without a tier',
  'hit in the second tier': 'GET and JSON.parse',
  'hits in the second tier, 100 at a time': 'GET and JSON.parse',
};
/** Each cell has its own. */
export const baseline = undefined;

export function cells() {
  return Object.keys(BASELINES).map((what) => ({ what }));
}

export async function run({ what }, timing) {
  const server = await startServer('redis');
  const client = createClient({ url: server.url });
  client.on('error', () => {});
  await client.connect();
  const tier = redisTier({ client, timeout: '5s' });
  const load = async (id) => ({ ...VALUE, id });
  const tiered = resilient(load, { name: 'load', cache: { ttl: 0, tier } });
  const plain = resilient(load, { cache: { ttl: 0 } });
  try {
    for (let id = 0; id < KEYS; id++) {
      await tiered(id);
      await plain(id);
      await client.set(`raw:${id}`, JSON.stringify(VALUE));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    const contenders = contendersFor(what, { client, tiered, plain });
    for (const time of Object.values(contenders)) await time();
    return { rows: await timeContenders(contenders, 10 * KEYS, timing) };
  } finally {
    await tier[Symbol.asyncDispose]();
    client.destroy();
    await server.stop();
  }
}

function contendersFor(what, { client, tiered, plain }) {
  const oneByOne = (call) => async () => {
    for (let round = 0; round < 10; round++) for (let id = 0; id < KEYS; id++) await call(id);
  };
  const together = (call) => async () => {
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: KEYS }, (_, id) => call(id)));
    }
  };
  const raw = async (id) => JSON.parse(await client.get(`raw:${id}`));
  const second = (id) => {
    // Out of the first tier only.
    tiered.cache.invalidate(id);
    return tiered(id);
  };
  if (what === 'hit in the first tier') {
    return { [BASELINES[what]]: oneByOne(plain), holdfast: oneByOne(tiered) };
  }
  const loop = what.includes('at a time') ? together : oneByOne;
  return { [BASELINES[what]]: loop(raw), holdfast: loop(second) };
}
