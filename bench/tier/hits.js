import assert from 'node:assert/strict';
import { timeContenders } from '../rounds.js';
import { makeAll, TIERED, TWO_TIERS } from './contenders.js';

const VALUE = { name: 'Ada', roles: ['admin', 'author'], text: 'x'.repeat(130) };
const KEYS = 100;
/** Times all keys are read in one turn of a contender. */
const PASSES = 5;

/** Hits in the first tier, next to those of a function without a second one. */
export async function timeFirstTier({ url }, timing) {
  const { resilient } = await import('holdfast');
  const get = resilient(load, { cache: { maxSize: 10_000 } });
  const plain = (id) => get(id);
  const { made, failed } = await makeAll(TWO_TIERS, (name) => TIERED[name](url, load));
  const contenders = { 'holdfast without a tier': oneByOne(plain) };
  for (const [name, { call }] of Object.entries(made)) contenders[name] = oneByOne(call);
  return time(contenders, failed, timing);
}

/** Hits in the second tier: in the first one there is room for one of the keys. */
export async function timeSecondTier({ url }, timing, isConcurrent) {
  const raw = await rawReads(url);
  const { made, failed } = await makeAll(Object.keys(TIERED), (name) =>
    TIERED[name](
      url,
      Object.assign((id) => load(id), { prefix: name.length }),
      1,
    ),
  );
  const loop = isConcurrent ? together : oneByOne;
  const contenders = {};
  for (const [name, call] of Object.entries(raw)) contenders[name] = loop(call);
  for (const [name, { call }] of Object.entries(made)) contenders[name] = loop(call);
  return time(contenders, failed, timing);
}

async function time(contenders, failed, timing) {
  // The first run stores the values.
  for (const call of Object.values(contenders)) await call();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = runs;
  for (const call of Object.values(contenders)) await call();
  assert.equal(runs, before, 'a result was not stored');
  return { rows: await timeContenders(contenders, PASSES * KEYS, timing), failed };
}

let runs = 0;
async function load(id) {
  runs++;
  return { id, ...VALUE };
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
  return {
    'GET and JSON.parse': async (id) => JSON.parse(await client.get(`raw:${id}`)),
    'GET and JSON.parse, ioredis': async (id) => JSON.parse(await ioredis.get(`raw:${id}`)),
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
