import type { Reporter } from '../events/reporter.ts';
import { isThenable } from '../platform/thenable.ts';
import { systemClock } from '../time/clock.ts';
import { nextFlightId } from './flight.ts';

/**
 * Calls a function without patterns and returns its result unchanged. With listeners, a Promise is replaced where
 * necessary to observe its outcome.
 * @param fresh each call returns a new Promise
 */
export function forward(
  fn: (...args: never[]) => unknown,
  thisArg: unknown,
  args: readonly unknown[],
  reporter: Reporter,
  fresh: boolean,
): unknown {
  const call = () => Reflect.apply(fn, thisArg, args as never[]);
  if (!reporter.hasListener('success') && !reporter.hasListener('failure')) return call();
  if (reporter.isReentrant()) throw reporter.reentrant();

  const started = systemClock.read();
  const source = { key: undefined, flight: nextFlightId() };
  const end = (type: 'success' | 'failure', error?: unknown) =>
    reporter.report(type, source, { error, duration: (systemClock.read() - started) / 1_000 });
  const succeed = (value: unknown) => {
    end('success');
    return value;
  };
  const fail = (error: unknown): never => {
    end('failure', error);
    throw error;
  };
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return fail(error);
  }
  if (!isThenable(result)) return succeed(result);
  // `then` is called once: a thenable may start its work at each `then`. An unhandled rejection stays unhandled.
  if (fresh || !(result instanceof Promise)) return Promise.resolve(result).then(succeed, fail);
  // Marks the rejection as handled.
  Promise.prototype.then.call(result, succeed, fail).catch(() => {});
  return result;
}
