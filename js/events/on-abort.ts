/**
 * The callbacks for each signal. One listener per signal serves all of them: Node warns of a leak at more than ten
 * listeners.
 */
const subscriptions = /* @__PURE__ */ new WeakMap<AbortSignal, Subscription>();

interface Subscription {
  readonly callbacks: Set<() => void>;
  /** A closure, as Workers with a compatibility date before August 2025 call listeners without `this`. */
  readonly abort: () => void;
}

/** Whether a value can be used as an `AbortSignal`, even if it comes from another realm or a polyfill. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/**
 * Calls back once when the signal aborts. Returns a function that removes the callback.
 * @throws the error of a mock or polyfill
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  // A new function, so that a callback can be added twice.
  const once = () => callback();
  const known = subscriptions.get(signal);
  known?.callbacks.add(once);
  const subscription = known ?? subscribe(signal, once);
  return () => {
    const { callbacks, abort } = subscription;
    if (!callbacks.delete(once) || callbacks.size > 0) return;
    if (subscriptions.get(signal) !== subscription) return;
    subscriptions.delete(signal);
    try {
      signal.removeEventListener('abort', abort);
    } catch {
      // A mock without that method. The listener stays, and has no callbacks.
    }
  };
}

/**
 * The reason of an aborted signal. For a polyfill or mock without reasons, the standard default; if reading it throws, that
 * error.
 */
export function reasonOf(signal: AbortSignal): unknown {
  let reason: unknown;
  try {
    reason = signal.reason;
  } catch (error) {
    return error;
  }
  return reason === undefined
    ? new DOMException('This operation was aborted', 'AbortError')
    : reason;
}

function subscribe(signal: AbortSignal, first: () => void): Subscription {
  const callbacks = new Set([first]);
  const abort = () => {
    subscriptions.delete(signal);
    for (const callback of callbacks) callback();
  };
  const subscription = { callbacks, abort };
  // Before the listener: a mock may call it at once.
  subscriptions.set(signal, subscription);
  try {
    signal.addEventListener('abort', abort, {
      __proto__: null,
      once: true,
    } as AddEventListenerOptions);
  } catch (error) {
    subscriptions.delete(signal);
    throw error;
  }
  return subscription;
}
