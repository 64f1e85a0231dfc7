import type { Reporter } from '../events/reporter.ts';
import { isThenable } from '../platform/thenable.ts';
import { systemClock } from '../time/clock.ts';

/**
 * Calls a function that has no pattern around it: what it returns or throws is handed on as it is, unless somebody
 * listens and it is no Promise that others may have, too.
 * @param fresh what it returns is a Promise that nobody else has
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
  const end = (type: 'success' | 'failure', error?: unknown) =>
    reporter.report(type, { error, duration: (systemClock.read() - started) / 1_000 });
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
  // Asked once, as another thenable may start its work each time. Who does not heed a rejection has to hear of it.
  if (fresh || !(result instanceof Promise)) return Promise.resolve(result).then(succeed, fail);
  // For the runtime its rejection is seen to from here on.
  Promise.prototype.then.call(result, succeed, fail).catch(() => {});
  return result;
}
