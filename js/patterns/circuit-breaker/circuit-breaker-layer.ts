import { CircuitOpenError } from '../../errors/circuit-open-error.ts';
import type { Reporter } from '../../events/reporter.ts';
import { Outcome } from '../../flight/call.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { chain } from '../../platform/thenable.ts';
import { systemClock } from '../../time/clock.ts';
import { breakerAccess, type CircuitBreaker, type CircuitObserver } from './circuit-breaker.ts';

/**
 * Reports a breaker's changes of state as events of a function. The breaker holds it weakly, so the function keeps it.
 */
export function circuitObserver(reporter: Reporter): CircuitObserver {
  return (state, error) => {
    const type = `circuit_${state === 'half-open' ? 'half_open' : state}` as const;
    reporter.report(type, { error, detail: { refused: false } });
  };
}

/** The layer that asks the breaker first and tells it how each call with all its attempts ended. */
export function circuitBreakerLayer(breaker: CircuitBreaker, reporter: Reporter): Layer {
  const {
    acquire: enter,
    isFailure: judge,
    retryAfter: untilProbe,
    lastFailure,
    slowFrom,
  } = breakerAccess(breaker);
  return (next) => (call, cancellation) => {
    const record = enter();
    if (!record) {
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
    const forget = cancellation.onAbort(() => record(undefined));
    const elapsed = () => {
      forget();
      const milliseconds = systemClock.read() - started;
      if (milliseconds >= slowFrom && !cancellation.aborted) {
        reporter.report('slow_call', { key: call.key, duration: milliseconds / 1_000 });
      }
      return milliseconds;
    };
    return chain(
      () => next(call, cancellation),
      (value) => {
        record(call.outcome === Outcome.FAILED, elapsed());
        return value;
      },
      (error) => {
        const milliseconds = elapsed();
        let failed: boolean | undefined;
        try {
          // Refused, or out of time in a queue: what is called has had no part in it.
          if (call.hasRun) failed = judge(error);
        } finally {
          record(failed, milliseconds, error);
        }
        throw error;
      },
    );
  };
}
