// Counts the events of a wrapped function.
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

/** Counts the events of `fn`; `onBreaker` is called with each new state of its circuit breaker. */
export function keepScore(fn, onBreaker) {
  const started = performance.now();
  const score = { refused: 0, breaker: [{ at: 0, state: 'closed' }] };

  for (const [name, type] of Object.entries(COUNTED)) {
    score[name] = 0;
    fn.addEventListener(type, () => score[name]++);
  }
  for (const [type, state] of Object.entries(BREAKER)) {
    fn.addEventListener(type, ({ error }) => {
      // CIRCUIT_OPEN is also dispatched for each refused call, then with an error.
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

/** The runs of the function according to the events: one for each miss that was not refused, and one for each retry. */
export function runsByEvents({ missed, refused, retried }) {
  return missed - refused + retried;
}
