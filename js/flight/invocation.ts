import type { Manner } from './manner.ts';
import type { Run } from './pipeline.ts';
import { isThenable } from './thenable.ts';

/**
 * The innermost run: calls the function, and learns how it answers.
 * @param fn the function as it was wrapped
 * @param run what is called in its place
 */
export function invocation(
  fn: (...args: never[]) => unknown,
  run: (...args: never[]) => unknown,
  passContext: boolean,
  manner: Manner,
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
    call.started = true;
    call.cancellation = cancellation;
    const result = Reflect.apply(run as (...args: unknown[]) => unknown, call.thisArg, args);
    manner.saw(isThenable(result));
    return result;
  };
}
