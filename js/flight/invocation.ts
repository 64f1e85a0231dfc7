import { isThenable } from '../platform/thenable.ts';
import type { Run } from './pipeline.ts';
import type { ReturnTracker } from './return-tracker.ts';

/**
 * The innermost run: calls the function, and records whether it returns a Promise.
 * @param fn the function that was wrapped
 * @param run the function to call
 */
export function invocation(
  fn: (...args: never[]) => unknown,
  run: (...args: never[]) => unknown,
  passContext: boolean,
  returns: ReturnTracker,
): Run {
  return (call, cancellation) => {
    if (call.waited) call.verifyKey?.();
    let args = call.request?.argumentsWith(cancellation.signal) ?? call.args;
    if (passContext) {
      const all = [...args];
      all[Math.max(fn.length - 1, args.length)] = {
        signal: cancellation.signal,
        attempt: call.attempt,
        key: call.key,
      };
      args = all;
    }
    call.hasRun = true;
    call.cancellation = cancellation;
    const result = Reflect.apply(run as (...args: unknown[]) => unknown, call.thisArg, args);
    call.isSync = !isThenable(result);
    returns.recordReturn(!call.isSync);
    return result;
  };
}
