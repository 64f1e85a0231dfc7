// Counts the events of a wrapped function.
import { EventType } from 'holdfast';

const COUNTED = {
  hit: EventType.CACHE_HIT,
  missed: EventType.CACHE_MISS,
  coalesced: EventType.CACHE_COALESCED,
  refreshed: EventType.CACHE_REFRESH,
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
  const elapsed = () => performance.now() - started;
  const score = {
    // Misses and refreshes that the open breaker refused.
    refused: 0,
    refreshRefused: 0,
    // Calls that got a stale result: at once, or after their run had failed.
    staleAtOnce: 0,
    staleAfterFailure: 0,
    // When calls got a stale result because of a failure, theirs or an earlier one.
    rescues: [],
    breaker: [{ at: 0, state: 'closed' }],
  };
  const refreshes = new Set();

  for (const [name, type] of Object.entries(COUNTED)) {
    score[name] = 0;
    fn.addEventListener(type, () => score[name]++);
  }
  fn.addEventListener(EventType.CACHE_STALE, ({ detail, flight }) => {
    score[flight === 0 ? 'staleAtOnce' : 'staleAfterFailure']++;
    if (detail.reason === 'error') score.rescues.push(elapsed());
  });
  fn.addEventListener(EventType.CACHE_REFRESH, ({ flight }) => refreshes.add(flight));
  for (const [type, state] of Object.entries(BREAKER)) {
    fn.addEventListener(type, ({ error, flight }) => {
      // CIRCUIT_OPEN is also dispatched for each refused call, then with an error.
      if (error?.code === 'CIRCUIT_OPEN') {
        score[refreshes.has(flight) ? 'refreshRefused' : 'refused']++;
      } else {
        score.breaker.push({ at: elapsed(), state });
        onBreaker(state);
      }
    });
  }
  return score;
}

/**
 * The runs of the function according to the events: one for each miss and each refresh that was not refused, and one for
 * each retry.
 */
export function runsByEvents({ missed, refused, refreshed, refreshRefused, retried }) {
  return missed - refused + refreshed - refreshRefused + retried;
}
