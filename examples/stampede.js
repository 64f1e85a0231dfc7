// A stampede: concurrent calls with the same arguments run the function once. Nothing needs to be configured.
import { setTimeout as sleep } from 'node:timers/promises';
import { resilient } from 'holdfast';

let runs = 0;
const getReport = resilient(
  async (name) => {
    runs++;
    await sleep(50);
    return `${name}, as of run ${runs}`;
  },
  { cache: { ttl: '1s' } },
);

async function stampede() {
  const callers = Array.from({ length: 1_000 }, () => getReport('sales'));
  const answers = new Set(await Promise.all(callers));
  console.log(`${callers.length} callers: ${[...answers].join(' and ')}`);
}

await stampede();
await sleep(1_100);
console.log('the entry has expired');
await stampede();

const { misses, coalesced } = getReport.cache.stats;
console.log(`${runs} runs, ${misses} misses, ${coalesced} callers joined a run in flight`);
