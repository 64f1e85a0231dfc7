import { CircuitOpenError } from '../errors/circuit-open-error.ts';
import type { Reporter } from '../events/reporter.ts';
import { Verdict } from '../flight/call.ts';
import type { Layer } from '../flight/pipeline.ts';
import { follow } from '../flight/thenable.ts';
import { systemClock } from '../time/clock.ts';
import { breakerAccess, type CircuitBreaker, type CircuitObserver } from './circuit-breaker.ts';

const EVENT_OF = {
  closed: 'circuit_closed',
  open: 'circuit_open',
  'half-open': 'circuit_half_open',
} as const;

/** Reports a breaker's changes of state as events of a function. The breaker holds it weakly, so the function keeps it. */
export function circuitObserver(reporter: Reporter): CircuitObserver {
  return (state, error) => reporter.report(EVENT_OF[state], { error, detail: { refused: false } });
}

/** The layer that asks the breaker first and tells it how each call with all its attempts ended. */
export function circuitBreakerLayer(breaker: CircuitBreaker, reporter: Reporter): Layer {
  const { enter, untilProbe, lastFailure, slowFrom } = breakerAccess(breaker);
  return (next) => (call, cancellation) => {
    const permit = enter();
    if (!permit) {
      const wait = untilProbe();
      const error = new CircuitOpenError({
        functionName: reporter.functionName,
        cause: lastFailure(),
        retryAfter: wait === undefined ? undefined : wait / 1_000,
      });
      reporter.report('circuit_open', { key: call.key, error, detail: { refused: true } });
      throw error;
    }
    const started = systemClock.read();
    // A caller's leaving is no outcome, and gives a probe back at once.
    const forget = cancellation.onAbort(() => permit.release());
    const elapsed = () => {
      forget();
      const milliseconds = systemClock.read() - started;
      if (milliseconds >= slowFrom && !cancellation.aborted) {
        reporter.report('slow_call', { key: call.key, duration: milliseconds / 1_000 });
      }
      return milliseconds;
    };
    return follow(
      () => next(call, cancellation),
      (value) => {
        const milliseconds = elapsed();
        if (call.verdict === Verdict.FAILED) permit.fail(milliseconds);
        else if (call.verdict === Verdict.OPEN) permit.release();
        else permit.succeed(milliseconds);
        return value;
      },
      (error) => {
        const milliseconds = elapsed();
        // Refused, or out of time in a queue: what is called has had no part in it.
        if (call.started) permit.failWith(error, milliseconds);
        else permit.release();
        throw error;
      },
    );
  };
}
