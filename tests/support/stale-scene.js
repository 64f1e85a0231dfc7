import { EventType, resilient } from 'holdfast';
import { controlled } from './controlled.js';
import { manualClock } from './manual-clock.js';
import { turn } from './turn.js';

/**
 * A wrapped async function with a ttl of 10 s, whose result `'old'` for `'a'` is stored. `load.runs[0]` is over;
 * at `clock.time` 10,000 the entry is fresh for the last time.
 *
 * @param cache further options of the cache; `clock: undefined` for fake timers instead of the manual clock
 */
export async function storedScene(cache, options) {
  const clock = manualClock();
  const load = controlled();
  const f = resilient(load, { cache: { ttl: 10, clock, ...cache }, ...options });
  const first = f('a');
  // Patterns that wait call the function later.
  await turn();
  load.runs[0].resolve('old');
  await first;
  return { clock, load, f, key: f.makeKey('a') };
}

/** The ways of a call through the wrapper. */
export const ways = {
  'with one argument': (f) => f('a'),
  'that takes the general path': (f) => f.with({})('a'),
};

/** The events of a function from now on. */
export function eventsOf(f) {
  const events = [];
  for (const type of Object.values(EventType)) {
    f.addEventListener(type, (event) => events.push(event));
  }
  return events;
}

/** The events as `[type, flight]`, with the reason of a stale value; flights are numbered from 1 in order of appearance. */
export function flightsOf(events) {
  const numbers = new Map([[0, 0]]);
  return events.map(({ type, flight, detail }) => {
    if (!numbers.has(flight)) numbers.set(flight, numbers.size);
    const line = [type, numbers.get(flight)];
    return type === EventType.CACHE_STALE ? [...line, detail.reason] : line;
  });
}

/** Counters of `stats` that concern stale values. */
export function countsOf({ stats }) {
  const { hits, misses, coalesced, stale, refreshes, refreshErrors } = stats;
  return { hits, misses, coalesced, stale, refreshes, refreshErrors };
}
