import { hostProcess } from '../host.ts';

/** Engines keep the delay in 32 bits and fire at once beyond that; a longer one is waited for in steps. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A timer that can be ended; `setTimeout` is looked up at each start, so that fake timers are found. */
export interface Timer {
  clear(): void;
}

/**
 * Runs a function outside of the async context in which it is called: an idle timer would keep a request's
 * `AsyncLocalStorage` alive for as long as it waits.
 */
const outside: <T>(run: () => T) => T =
  hostProcess()?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage?.snapshot?.() ??
  ((run) => run());

/**
 * Calls back once after `milliseconds`, however many they are.
 * @param idle the timer keeps neither the process nor the async context alive
 */
export function startTimer(callback: () => void, milliseconds: number, idle = false): Timer {
  let handle: unknown;
  let stop: (handle: unknown) => void;
  const wait = (left: number) => {
    const step = Math.min(left, LONGEST_DELAY);
    const { clearTimeout } = globalThis;
    stop = clearTimeout as (handle: unknown) => void;
    handle = setTimeout(() => (left > step ? wait(left - step) : callback()), step);
    if (idle) unref(handle);
  };
  if (idle) outside(() => wait(milliseconds));
  else wait(milliseconds);
  return { clear: () => stop(handle) };
}

function unref(handle: unknown): void {
  if (typeof handle === 'object') {
    (handle as { unref?: () => void }).unref?.();
  } else {
    const { Deno } = globalThis as { Deno?: { unrefTimer?: (id: unknown) => void } };
    Deno?.unrefTimer?.(handle);
  }
}
