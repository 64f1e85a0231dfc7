import { Listeners } from '../events/listeners.ts';
import { warn } from '../events/warn.ts';
import { CacheEvent, type CacheEventType, type RemovalReason } from './cache-event.ts';

/**
 * Maximum operations by listeners of events that other listeners caused: without a limit, they could go on forever. One
 * operation, such as `clear`, may cause any number of events.
 */
const MAX_CAUSED_OPERATIONS = 100_000;

/**
 * The events of the entries that leave a cache. They are dispatched at the end of the operation, in order. What listeners
 * do to the cache causes further events, which follow.
 */
export class Departures<V> {
  readonly listeners = new Listeners<CacheEvent<V>>();
  #events: CacheEvent<V>[] = [];
  #isDispatching = false;
  /** The number of events when an operation last caused some. */
  #seen = 0;
  /** The operations by listeners that have caused events. */
  #operations = 0;

  /** Whether anything listens. */
  get areObserved(): boolean {
    return this.listeners.hasAny;
  }

  /** Notes that an entry leaves. */
  add(reason: RemovalReason, key: unknown, value: V): void {
    if (reason === 'evict' || reason === 'expire') this.#queue(reason, key, value, reason);
    this.#queue('remove', key, value, reason);
  }

  /** Dispatches the events. This comes last in every operation, as listeners may call back into the cache. */
  dispatch(): void {
    // Grows during the loop.
    const events = this.#events;
    const { length } = events;
    if (length === this.#seen) return;
    this.#seen = length;
    this.#operations++;
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    try {
      for (let index = 0; index < events.length; index++) {
        // The first of the events that listeners caused.
        if (index === length) this.#operations = 0;
        this.listeners.dispatch(events[index] as CacheEvent<V>);
        if (index >= length && this.#operations > MAX_CAUSED_OPERATIONS) {
          warn('Events of a cache were dropped', new Error('listeners caused too many'));
          break;
        }
      }
    } finally {
      this.#seen = 0;
      this.#events = [];
      this.#isDispatching = false;
    }
  }

  #queue(type: CacheEventType, key: unknown, value: V, reason: RemovalReason): void {
    if (this.listeners.has(type)) this.#events.push(new CacheEvent(type, key, value, reason));
  }
}
