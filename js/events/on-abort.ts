/**
 * What waits for each signal. One listener a signal serves them all: Node takes more than ten for a leak, and a signal
 * that lives as long as the server would collect them.
 */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back once when the signal aborts; returns what takes the callback back. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = waiting.get(signal);
  if (!callbacks) {
    callbacks = new Set();
    waiting.set(signal, callbacks);
    signal.addEventListener('abort', abort, { once: true });
  }
  // A callback of its own for each, so that the same one given twice counts twice.
  const once = () => callback();
  callbacks.add(once);
  return () => {
    if (callbacks.delete(once) && callbacks.size === 0 && waiting.get(signal) === callbacks) {
      waiting.delete(signal);
      signal.removeEventListener('abort', abort);
    }
  };
}

function abort(this: AbortSignal): void {
  const callbacks = waiting.get(this);
  waiting.delete(this);
  for (const callback of callbacks ?? []) callback();
}
