import type { Reporter } from '../events/reporter.ts';
import { systemClock } from '../time/clock.ts';

/** Calls a function that has no pattern around it: what it returns or throws is handed on as it is. */
export function forward(
  fn: (...args: never[]) => unknown,
  thisArg: unknown,
  args: readonly unknown[],
  reporter: Reporter,
): unknown {
  const call = () => Reflect.apply(fn, thisArg, args as never[]);
  if (!reporter.hears('success') && !reporter.hears('failure')) return call();

  const started = systemClock.read();
  const end = (type: 'success' | 'failure', error?: unknown) =>
    reporter.report(type, { error, duration: (systemClock.read() - started) / 1_000 });
  const succeed = () => end('success');
  const fail = (error: unknown) => end('failure', error);
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    fail(error);
    throw error;
  }
  // Looking on is harmless for a Promise only: another thenable may start its work anew each time it is asked.
  if (result instanceof Promise) Promise.prototype.then.call(result, succeed, fail);
  else succeed();
  return result;
}
