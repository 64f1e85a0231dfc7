// One of several processes that ask for the same keys: told a contender and a key, calls with all its callers at once.
import { makeAll, TIERED, TWO_TIERS } from './contenders.js';

const [, , url, runMs, callers] = process.argv;
let runs = 0;
const load = async (id) => {
  runs++;
  await new Promise((resolve) => setTimeout(resolve, Number(runMs)));
  return `value of ${id}`;
};
const { made, failed } = await makeAll(TWO_TIERS, (name) => TIERED[name](url, load));

process.on('message', async ({ name, id }) => {
  runs = 0;
  let wrong = 0;
  let milliseconds = 0;
  const call = async () => {
    const started = performance.now();
    const result = await made[name].call(id).catch(() => undefined);
    milliseconds = Math.max(milliseconds, performance.now() - started);
    if (result !== `value of ${id}`) wrong++;
  };
  await Promise.all(Array.from({ length: Number(callers) }, call));
  process.send({ runs, wrong, milliseconds });
});
process.on('disconnect', () => process.exit());
process.send({ failed });
