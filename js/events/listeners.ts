import { wrongKind } from '../options/check.ts';
import { isObject, readProperty } from '../platform/property.ts';
import { isAbortSignal, onAbort } from './on-abort.ts';
import { warn } from './warn.ts';

/** A listener as `EventTarget` takes it: a function, or an object with `handleEvent`. */
export type Listener<E extends Event> =
  | ((event: E) => unknown)
  | {
      /** Called with each event. An error that it throws is reported as a warning. */
      handleEvent(event: E): unknown;
    };

/** The options of `addEventListener`. */
export interface ListenerOptions {
  /** Remove the listener after its first event. */
  readonly once?: boolean | undefined;
  /** Remove the listener when this aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Distinguishes listeners, as in `EventTarget`. There is no capturing phase. */
  readonly capture?: boolean | undefined;
  /** Accepted, as in `EventTarget`, without effect. */
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
 * The listeners of one object. The platform's `EventTarget` does not tell whether it has a listener, so every event
 * would have to be created. In Node it also ends the process when a listener throws.
 */
export class Listeners<E extends Event> {
  readonly #entries = new Map<string, Entry<E>[]>();

  /** @throws TypeError */
  add(type: string, listener: Listener<E> | null, options?: boolean | ListenerOptions): void {
    if (typeof type !== 'string' || /[^a-z_]/.test(type)) {
      throw wrongKind('type', 'an event type in lower case', type);
    }
    if (listener === null || listener === undefined) return;
    if (!isObject(listener)) {
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

  /** Whether there is any listener. */
  get hasAny(): boolean {
    return this.#entries.size > 0;
  }

  /** Whether there is a listener for this type. */
  has(type: string): boolean {
    return this.hasAny && this.#entries.has(type);
  }

  /**
   * Calls the listeners in the order in which they were added. A listener that one of them adds gets the next event.
   */
  dispatch(event: E): void {
    // Lists are replaced, never changed, so that listeners can be added and removed during the loop.
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

/** The number of the listener call that runs now, 0 outside of listeners. */
export let notification = 0;
/** The depth of nested listener calls that are running. */
export let nesting = 0;
let notifications = 0;

/** Calls a listener. An error that it throws, or rejects with, is reported as a warning. */
export function notify<E extends Event>(listener: Listener<E>, event: E): void {
  const fail = (error: unknown) => warn(`A listener of '${event.type}' failed`, error);
  const outer = notification;
  notification = ++notifications;
  nesting++;
  try {
    const result = typeof listener === 'function' ? listener(event) : listener.handleEvent(event);
    // Any thenable: a Promise of another realm is no instance of `Promise`.
    if (isObject(result)) Promise.resolve(result).catch(fail);
  } catch (error) {
    fail(error);
  } finally {
    nesting--;
    notification = outer;
  }
}

function readOptions(options: boolean | ListenerOptions | undefined) {
  const fields = Object(options) as object;
  return {
    once: Boolean(readProperty(fields, 'once')),
    signal: readProperty(fields, 'signal') as AbortSignal | undefined,
    capture: Boolean(typeof options === 'object' ? readProperty(fields, 'capture') : options),
  };
}
