import { wrongKind } from '../options/check.ts';
import { readProperty } from '../platform/property.ts';
import { isAbortSignal, onAbort } from './on-abort.ts';
import { warn } from './warn.ts';

/** A listener as `EventTarget` takes it: a function, or an object with `handleEvent`. */
export type Listener<E extends Event> =
  | ((event: E) => unknown)
  | {
      /** Called with each event; an error is reported, and goes no further. */
      handleEvent(event: E): unknown;
    };

/** The options of `addEventListener`. */
export interface ListenerOptions {
  /** Remove the listener after its first event. */
  readonly once?: boolean | undefined;
  /** Remove the listener when this aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Accepted as everywhere; there is no capturing phase here. */
  readonly capture?: boolean | undefined;
  /** Accepted as everywhere; no event here can be cancelled. */
  readonly passive?: boolean | undefined;
}

interface Entry<E extends Event> {
  readonly listener: Listener<E>;
  readonly capture: boolean;
  readonly once: boolean;
  release: (() => void) | undefined;
  removed: boolean;
}

/**
 * The listeners of one object. Kept apart from the platform's `EventTarget`, which cannot say whether anybody listens
 * (so an event would be made for nobody) and which ends the process in Node when a listener throws.
 */
export class Listeners<E extends Event> {
  readonly #entries = new Map<string, Entry<E>[]>();

  add(type: string, listener: Listener<E> | null, options?: boolean | ListenerOptions): void {
    if (typeof type !== 'string' || /[^a-z_]/.test(type)) {
      throw wrongKind('type', 'an event type in lower case', type);
    }
    if (listener === null || listener === undefined) return;
    if (typeof listener !== 'function' && typeof listener !== 'object') {
      throw wrongKind('listener', 'a function or an object with handleEvent', listener);
    }
    const { once, signal, capture } = readOptions(options);
    if (signal !== undefined && !isAbortSignal(signal))
      throw wrongKind('signal', 'an AbortSignal', signal);
    if (signal?.aborted) return;
    if (this.#find(type, listener, capture)) return;
    const entry: Entry<E> = { listener, capture, once, release: undefined, removed: false };
    if (signal) {
      entry.release = onAbort(signal, () => this.#remove(type, entry));
    }
    this.#entries.set(type, [...this.#of(type), entry]);
  }

  remove(type: string, listener: Listener<E> | null, options?: boolean | ListenerOptions): void {
    const { capture } = readOptions(options);
    const entry = this.#find(type, listener, capture);
    if (entry) this.#remove(type, entry);
  }

  /** Whether an event of this type would reach anybody. */
  has(type: string): boolean {
    return this.#entries.size > 0 && this.#entries.has(type);
  }

  /** Runs the listeners in the order in which they were added; those added meanwhile wait for the next event. */
  dispatch(event: E): void {
    // Lists are replaced, never changed, so this one stays as it is while listeners come and go.
    for (const entry of this.#of(event.type)) {
      if (entry.removed) continue;
      if (entry.once) this.#remove(event.type, entry);
      notify(entry.listener, event);
    }
  }

  #of(type: string): readonly Entry<E>[] {
    return this.#entries.get(type) ?? [];
  }

  #find(type: string, listener: Listener<E> | null, capture: boolean): Entry<E> | undefined {
    return this.#of(type).find((entry) => entry.listener === listener && entry.capture === capture);
  }

  #remove(type: string, entry: Entry<E>): void {
    entry.removed = true;
    entry.release?.();
    const rest = this.#of(type).filter((other) => other !== entry);
    if (rest.length > 0) this.#entries.set(type, rest);
    else this.#entries.delete(type);
  }
}

/** The number of the notification that runs now, 0 outside of listeners. */
export let notification = 0;
/** How many notifications are running, each inside the one before. */
export let nesting = 0;
let notifications = 0;

/** Hands an event to a listener. What the listener throws, now or later, is reported and goes no further. */
export function notify<E extends Event>(listener: Listener<E>, event: E): void {
  const fail = (error: unknown) => warn(`A listener of '${event.type}' failed`, error);
  const outer = notification;
  notification = ++notifications;
  nesting++;
  try {
    const result = typeof listener === 'function' ? listener(event) : listener.handleEvent(event);
    // Any thenable: a Promise of another realm is no `Promise` here.
    if (Object(result) === result) Promise.resolve(result).catch(fail);
  } catch (error) {
    fail(error);
  } finally {
    nesting--;
    notification = outer;
  }
}

function readOptions(options: boolean | ListenerOptions | undefined) {
  const given = Object(options) as object;
  return {
    once: Boolean(readProperty(given, 'once')),
    signal: readProperty(given, 'signal') as AbortSignal | undefined,
    capture: Boolean(typeof options === 'object' ? readProperty(given, 'capture') : options),
  };
}
