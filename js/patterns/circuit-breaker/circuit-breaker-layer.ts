import { CircuitOpenError } from '../../errors/circuit-open-error.ts';
import { type Call, Outcome } from '../../flight/call.ts';
import { chain } from '../../platform/thenable.ts';
import { breakerAccess } from '../../tier/breaker-seam.ts';
import { systemClock } from '../../time/clock.ts';
import type { Pattern } from '../pattern.ts';
import { BREAKER_FIELDS, CircuitBreaker, type Report } from './circuit-breaker.ts';

/** Asks the breaker before each call, and records how the call ended, with all its attempts. */
export function circuitBreaker(): Pattern<CircuitBreaker> {
  return {
    option: 'circuitBreaker',
    fields: BREAKER_FIELDS,
    Shared: CircuitBreaker,
    layer: (breaker, { reporter }) => {
      const access = breakerAccess.partsOf(breaker);
      /** The number of the flight that changes the state now, 0 for a flight of another function. */
      let flight = 0;
      const during = <T>(call: Call, change: () => T): T => {
        flight = call.flight;
        try {
          return change();
        } finally {
          flight = 0;
        }
      };
      const report: Report = (state, error, key, refused = false) => {
        const type = `circuit_${state === 'half-open' ? 'half_open' : state}` as const;
        reporter.report(type, { key, flight }, { error, detail: { refused } } as never);
      };
      return (next) => {
        // Not before all options are checked. The breaker holds the observer weakly, and the layer holds it.
        access.observe(report);
        return (call, cancellation) => {
          const record = during(call, () => access.acquire());
          if (!record) {
            const { functionName } = reporter;
            const error = new CircuitOpenError({ functionName, ...access.refusal() });
            during(call, () => report('open', error, call.key, true));
            throw error;
          }
          const started = systemClock.read();
          // A call that is aborted by its caller has no outcome, and a probe becomes free at once.
          const forget = cancellation.onAbort(() => record(undefined));
          const elapsed = () => {
            forget();
            const milliseconds = systemClock.read() - started;
            if (access.isSlow(milliseconds) && !cancellation.aborted) {
              reporter.report('slow_call', call, { duration: milliseconds / 1_000 });
            }
            return milliseconds;
          };
          return chain(
            () => next(call, cancellation),
            (value) => {
              const milliseconds = elapsed();
              during(call, () => record(call.outcome === Outcome.FAILED, milliseconds));
              return value;
            },
            (error) => {
              const milliseconds = elapsed();
              let failed: boolean | undefined;
              try {
                // A call that was refused, or timed out in a queue, has no outcome.
                if (call.hasRun) failed = access.isFailure(error);
              } finally {
                during(call, () => record(failed, milliseconds, error));
              }
              throw error;
            },
          );
        };
      };
    },
  };
}
