// What holdfast says that it did: its events, counted.
import { EventType } from 'holdfast';

const COUNTED = {
  hit: EventType.CACHE_HIT,
  missed: EventType.CACHE_MISS,
  coalesced: EventType.CACHE_COALESCED,
  retried: EventType.RETRY,
  exhausted: EventType.RETRY_EXHAUSTED,
  timedOut: EventType.TIMEOUT,
};

const BREAKER = {
  [EventType.CIRCUIT_OPEN]: 'open',
  [EventType.CIRCUIT_HALF_OPEN]: 'half-open',
  [EventType.CIRCUIT_CLOSED]: 'closed',
};

/** Counts the events of a resilient function; `onBreaker` learns of each change of its breaker's state. */
export function keepScore(fn, onBreaker) {
  const started = performance.now();
  const score = { refused: 0, breaker: [{ at: 0, state: 'closed' }] };

  for (const [name, type] of Object.entries(COUNTED)) {
    score[name] = 0;
    fn.addEventListener(type, () => score[name]++);
  }
  for (const [type, state] of Object.entries(BREAKER)) {
    fn.addEventListener(type, ({ error }) => {
      // A breaker that is open says so for each call that it refuses, too.
      if (error?.code === 'CIRCUIT_OPEN') {
        score.refused++;
      } else {
        score.breaker.push({ at: performance.now() - started, state });
        onBreaker(state);
      }
    });
  }
  return score;
}

/** How often the function must have run by these events: for each miss that was let in, and for each retry. */
export function runsByEvents({ missed, refused, retried }) {
  return missed - refused + retried;
}
