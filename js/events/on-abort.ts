/**
 * What waits for each signal. One listener a signal serves them all: Node takes more than ten for a leak, and a signal
 * that lives as long as the server would collect them.
 */
const waiting = new WeakMap<AbortSignal, Waiting>();

interface Waiting {
  readonly callbacks: Set<() => void>;
  /** Not by its `this`, which Workers with a compatibility date before August 2025 do not set. */
  readonly abort: () => void;
}

export function isAbortSignal(value: unknown): value is AbortSignal {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/** Calls back once when the signal aborts; returns what takes the callback back. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const own = waiting.get(signal) ?? listenTo(signal);
  // A callback of its own for each, so that the same one given twice counts twice.
  const once = () => callback();
  own.callbacks.add(once);
  return () => {
    if (own.callbacks.delete(once) && own.callbacks.size === 0 && waiting.get(signal) === own) {
      waiting.delete(signal);
      try {
        signal.removeEventListener('abort', own.abort);
      } catch {
        // A mock without that method: its listener stays, and calls nothing back.
      }
    }
  };
}

/** The reason of an aborted signal. Polyfills and mocks have none: the standard default then. */
export function reasonOf(signal: AbortSignal): unknown {
  const { reason } = signal;
  return reason === undefined
    ? new DOMException('This operation was aborted', 'AbortError')
    : reason;
}

function listenTo(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>();
  const abort = () => {
    waiting.delete(signal);
    for (const call of callbacks) call();
  };
  const own = { callbacks, abort };
  waiting.set(signal, own);
  signal.addEventListener('abort', abort, {
    __proto__: null,
    once: true,
  } as AddEventListenerOptions);
  return own;
}
