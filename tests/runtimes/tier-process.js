// A process with a tier, in any runtime: reads calls as lines of JSON, and writes a line of JSON for each.
import process from 'node:process';
import { createInterface } from 'node:readline';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { createClient } from 'redis';

const [url] = process.argv.slice(2);
const tier = redisTier({ client: createClient({ url }), timeout: '5s' });
let runs = 0;
const load = async (id) => {
  runs++;
  // What JSON alone does not give back.
  return { id, at: new Date(0), set: new Set([id]) };
};
const get = resilient(load, {
  name: 'load',
  cache: { ttl: '1m', tier, tags: (value) => [`tag-${value.id}`] },
});
const actions = {
  async call(id) {
    const value = await get(id);
    const isWhole = value.id === id && value.at instanceof Date && value.set.has(id);
    return { isWhole, runs };
  },
  invalidate: (id) => get.invalidate(id),
  invalidateTag: (tag) => tier.invalidateTag(tag),
  has: (id) => get.cache.has(id),
  health: () => tier.health(),
  close: () => tier[Symbol.asyncDispose](),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [action, ...args] = JSON.parse(line);
  let answer;
  try {
    answer = { result: await actions[action](...args) };
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  console.log(JSON.stringify(answer));
}
