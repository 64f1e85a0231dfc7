import { asyncLocalStorage } from '../platform/host.ts';

/** Engines keep the delay in 32 bits, and fire at once if it is longer. A longer delay is split into steps. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** A timer this late is lost: the request that started it has ended (Workers). */
export const TIMER_GRACE_MS = 1_000;

/** A timer that was started by {@link startTimer}. */
export interface Timer {
  clear(): void;
  /** Makes the timer keep the process alive. */
  ref(): void;
  /** The reverse of `ref`. */
  unref(): void;
}

type Runner = (run: () => void) => void;

/** The global of zone.js. A type alias, as the build shortens the property names of interfaces. */
type Zones = {
  readonly current: object;
  readonly root: { run<T>(callback: () => T): T };
};

/**
 * Runs a function outside of the caller's async context: an idle timer would otherwise keep a request's
 * `AsyncLocalStorage` alive. Set at the first use, as `node:async_hooks` would make importing the package a tenth
 * slower.
 */
let runOutside: Runner | undefined;
let setRunOutside = () => {};
/** Settles once {@link runOutside} is set. A promise callback runs in the context that attached it: here, the import's. */
const isSet = /* @__PURE__ */ new Promise<void>((resolve) => {
  setRunOutside = resolve;
}).then(() => {
  runOutside = asyncLocalStorage()?.snapshot?.() ?? ((run) => run());
});

/**
 * Calls back once. Looks `setTimeout` up at each start, so that fake timers take effect.
 * @param milliseconds of any length
 * @param idle the timer keeps neither the process nor the async context alive, and Angular does not wait for it
 */
export function startTimer(callback: () => void, milliseconds: number, idle = false): Timer {
  const { Zone } = globalThis as { readonly Zone?: Zones };
  if (idle && Zone && Zone.current !== Zone.root) {
    return Zone.root.run(() => startTimer(callback, milliseconds, true));
  }
  let handle: unknown;
  let stop: (handle: unknown) => void;
  let isOver = false;
  let isIdle = idle;
  const wait = (left: number) => {
    const step = Math.min(left, MAX_DELAY_MS);
    const { clearTimeout } = globalThis;
    stop = clearTimeout as (handle: unknown) => void;
    handle = setTimeout(() => {
      if (isOver) return;
      if (left > step) return wait(left - step);
      isOver = true;
      callback();
    }, step);
    if (isIdle) unref(handle);
  };
  const start = () => wait(milliseconds);
  if (!idle) {
    start();
  } else if (runOutside) {
    runOutside(start);
  } else {
    // Starts a timer in this context, and replaces it by one outside as soon as that is possible.
    start();
    setRunOutside();
    void isSet.then(() => {
      if (isOver) return;
      const [first, stopFirst] = [handle, stop];
      try {
        runOutside?.(start);
        stopFirst(first);
      } catch {
        // The first timer goes on.
      }
    });
  }
  const clear = () => {
    isOver = true;
    // The mock timers of Node lose other timers when they clear one of an earlier test.
    if (typeof handle === 'object' && 'priorityQueuePosition' in (handle as object)) return;
    try {
      stop(handle);
    } catch {
      // Workers may refuse this outside of a request. The callback does not run any more.
    }
  };
  const ref = () => {
    isIdle = false;
    if (typeof handle === 'object') (handle as { ref?: () => void } | null)?.ref?.();
    else denoTimers()?.refTimer?.(handle);
  };
  return {
    clear,
    ref,
    unref: () => {
      isIdle = true;
      unref(handle);
    },
  };
}

function unref(handle: unknown): void {
  if (typeof handle === 'object') {
    (handle as { unref?: () => void }).unref?.();
  } else {
    denoTimers()?.unrefTimer?.(handle);
  }
}

/** The functions of Deno that change whether a timer keeps the process alive. A type alias, as of `Zones`. */
type DenoTimers = {
  readonly refTimer?: (id: unknown) => void;
  readonly unrefTimer?: (id: unknown) => void;
};

function denoTimers(): DenoTimers | undefined {
  return (globalThis as { Deno?: DenoTimers }).Deno;
}
