import { hostProcess } from '../platform/host.ts';

/** Engines keep the delay in 32 bits and fire at once beyond that; a longer one is waited for in steps. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A timer that can be ended; `setTimeout` is looked up at each start, so that fake timers are found. */
export interface Timer {
  clear(): void;
}

type Runner = (run: () => void) => void;

/** The global of zone.js. A type, as the build would shorten the names of an interface. */
type Zones = {
  readonly current: object;
  readonly root: { run<T>(callback: () => T): T };
};

/**
 * Runs a function outside of the async context in which it is called: an idle timer would keep a request's
 * `AsyncLocalStorage` alive for as long as it waits. Found when it is first needed, as to load what it takes is a tenth
 * of what importing the package would cost.
 */
let outside: Runner | undefined;
/** Lets it be found. */
let find = () => {};
/** It has been found: what waits for a promise runs in the context in which it began to wait, which is the import's. */
const found = /* @__PURE__ */ new Promise<void>((resolve) => {
  find = resolve;
}).then(() => {
  outside =
    hostProcess()?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage?.snapshot?.() ??
    ((run) => run());
});

/**
 * Calls back once after `milliseconds`, however many they are.
 * @param idle the timer keeps neither the process nor the async context alive, and Angular does not wait for it
 */
export function startTimer(callback: () => void, milliseconds: number, idle = false): Timer {
  const { Zone } = globalThis as { readonly Zone?: Zones };
  if (idle && Zone && Zone.current !== Zone.root) {
    return Zone.root.run(() => startTimer(callback, milliseconds, true));
  }
  let handle: unknown;
  let stop: (handle: unknown) => void;
  let over = false;
  const wait = (left: number) => {
    const step = Math.min(left, LONGEST_DELAY);
    const { clearTimeout } = globalThis;
    stop = clearTimeout as (handle: unknown) => void;
    handle = setTimeout(() => {
      if (over) return;
      if (left > step) return wait(left - step);
      over = true;
      callback();
    }, step);
    if (idle) unref(handle);
  };
  const start = () => wait(milliseconds);
  if (!idle) {
    start();
  } else if (outside) {
    outside(start);
  } else {
    // The first is started anew as soon as there is a way out of this context.
    start();
    find();
    void found.then(() => {
      if (over) return;
      const [first, stopFirst] = [handle, stop];
      try {
        outside?.(start);
        stopFirst(first);
      } catch {
        // The first one goes on.
      }
    });
  }
  const clear = () => {
    over = true;
    // Mock timers of Node lose others when they are asked to clear one of an earlier test.
    if (!(typeof handle === 'object' && 'priorityQueuePosition' in (handle as object)))
      stop(handle);
  };
  return { clear };
}

function unref(handle: unknown): void {
  if (typeof handle === 'object') {
    (handle as { unref?: () => void }).unref?.();
  } else {
    const { Deno } = globalThis as { Deno?: { unrefTimer?: (id: unknown) => void } };
    Deno?.unrefTimer?.(handle);
  }
}
