import { exactly, shuffled, spread, timeContenders } from '../rounds.js';
import { makeAll, TIERED, TWO_TIERS } from './contenders.js';

/** The default of the option `timeout`. */
const TIMEOUT_MS = 250;
/** A call that takes longer counts as this. */
const CAP_MS = 2_000;
/** A round can take as long as CAP_MS. */
const MAX_ROUNDS = 8;

let ids = 0;
const load = async (id) => id;

async function timeCall(call) {
  const started = performance.now();
  let timer;
  const cap = new Promise((resolve) => {
    timer = setTimeout(resolve, CAP_MS);
  });
  await Promise.race([Promise.resolve(call(`cold-${ids++}`)).catch(() => {}), cap]);
  clearTimeout(timer);
  return performance.now() - started;
}

async function warm(made) {
  for (const { call } of Object.values(made)) await call(`warm-${ids++}`);
}

/** How long the first call waits after the server was frozen. */
export async function timeFirstCall(server, { rounds }) {
  const { made, failed } = await makeAll(TWO_TIERS, (name) => TIERED[name](server.url, load));
  const samples = new Map(Object.keys(made).map((name) => [name, []]));
  for (let round = 0; round < Math.min(rounds, MAX_ROUNDS); round++) {
    await untilReady(made);
    await warm(made);
    server.signal('SIGSTOP');
    // All at once: after a wait for another one, a heartbeat would have told holdfast.
    await Promise.all(
      shuffled(Object.keys(made)).map(async (name) => {
        samples.get(name).push(await timeCall(made[name].call));
      }),
    );
    server.signal('SIGCONT');
  }
  const rows = new Map([['timeout', exactly(TIMEOUT_MS)]]);
  const notes = {};
  for (const [name, all] of samples) {
    rows.set(name, spread(all));
    const hung = all.filter((milliseconds) => milliseconds >= CAP_MS).length;
    if (hung > 0) notes[name] = `${hung} of ${all.length} calls still waited after ${CAP_MS} ms`;
  }
  return { rows, notes, failed };
}

async function untilReady(made) {
  while (made.holdfast && made.holdfast.health().state !== 'ready') {
    await made.holdfast.call(`ready-${ids++}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Calls after the first one, each with another key, next to those of a function without a tier.
 * @param load the function
 * @param count how many calls one turn of a contender makes
 */
export async function timeLaterCalls(server, timing, load, count) {
  const { resilient } = await import('holdfast');
  const { made, failed } = await makeAll(TWO_TIERS, (name) => TIERED[name](server.url, load));
  await untilReady(made);
  await warm(made);
  server.signal('SIGSTOP');
  const contenders = {
    'holdfast without a tier': loop(resilient(load, { cache: { maxSize: 10_000 } }), count),
  };
  for (const [name, { call }] of Object.entries(made)) {
    await timeCall(call);
    const second = await timeCall(call);
    if (second < TIMEOUT_MS / 2) contenders[name] = loop(call, count);
    else
      failed[name] =
        `the second call took ${second >= CAP_MS ? 'more than ' : ''}${Math.round(second)} ms`;
  }
  return { rows: await timeContenders(contenders, count, timing), failed };
}

function loop(call, count) {
  return async () => {
    for (let index = 0; index < count; index++) await call(`later-${ids++}`);
  };
}
