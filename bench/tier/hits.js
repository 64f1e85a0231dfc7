import { timeContenders } from '../rounds.js';
import { makeAll, TIERED, TWO_TIERS } from './contenders.js';

const VALUE = { name: 'Ada', roles: ['admin', 'author'], text: 'x'.repeat(130) };
const KEYS = 100;
/** Times all keys are read in one turn of a contender. */
const PASSES = 5;

/** Hits in the first tier, next to those of a function without a second one. */
export async function timeFirstTier({ url }, timing) {
  const { resilient } = await import('holdfast');
  const { cached, failed } = await makeCached(TWO_TIERS, url);
  const load = counted();
  const get = resilient(load, { cache: { maxSize: 10_000 } });
  cached['holdfast without a tier'] = { load, call: (id) => get(id) };
  return time(cached, oneByOne, failed, timing);
}

/** Hits in the second tier: in the first one there is room for one of the keys. */
export async function timeSecondTier({ url }, timing, isConcurrent) {
  const { cached, failed } = await makeCached(Object.keys(TIERED), url, 1);
  Object.assign(cached, await rawReads(url));
  return time(cached, isConcurrent ? together : oneByOne, failed, timing);
}

/** Makes contenders, each with a function of its own. */
async function makeCached(names, url, size) {
  const { made, failed } = await makeAll(names, async (name) => {
    const load = counted();
    // A machine under load must not be taken for a server that does not answer. A prefix for each client.
    const options = { prefix: name.replace(/\W/g, ''), timeout: '5s' };
    return { load, ...(await TIERED[name](url, load, size, options)) };
  });
  return { cached: made, failed };
}

function counted() {
  const load = async (id) => {
    load.runs++;
    return { id, ...VALUE };
  };
  load.runs = 0;
  return load;
}

/** Times contenders that find all results. */
async function time(cached, loop, failed, timing) {
  const contenders = {};
  for (const [name, { call }] of Object.entries(cached)) {
    contenders[name] = loop(call);
    // The first run stores the values.
    await contenders[name]();
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const { load } of Object.values(cached)) if (load) load.runs = 0;
  const rows = await timeContenders(contenders, PASSES * KEYS, timing);
  for (const [name, { load }] of Object.entries(cached)) {
    if (!load?.runs) continue;
    failed[name] = `${load.runs} results were not found`;
    rows.delete(name);
  }
  return { rows, failed };
}

/** The least that a second tier does, with the clients alone. */
async function rawReads(url) {
  const { createClient } = await import('redis');
  const { Redis } = await import('ioredis');
  const client = createClient({ url });
  const ioredis = new Redis(url);
  // The server ends first.
  for (const one of [client, ioredis]) one.on('error', () => {});
  await client.connect();
  for (let id = 0; id < KEYS; id++) await client.set(`raw:${id}`, JSON.stringify({ id, ...VALUE }));
  const nodeRedis = async (id) => JSON.parse(await client.get(`raw:${id}`));
  const withIoredis = async (id) => JSON.parse(await ioredis.get(`raw:${id}`));
  return {
    'GET and JSON.parse': { call: nodeRedis },
    'GET and JSON.parse, ioredis': { call: withIoredis },
  };
}

function oneByOne(call) {
  return async () => {
    for (let pass = 0; pass < PASSES; pass++) for (let id = 0; id < KEYS; id++) await call(id);
  };
}

function together(call) {
  return async () => {
    for (let pass = 0; pass < PASSES; pass++) {
      await Promise.all(Array.from({ length: KEYS }, (_, id) => call(id)));
    }
  };
}
