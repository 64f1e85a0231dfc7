import { Listeners } from '../events/listeners.ts';
import { warn } from '../events/warn.ts';
import { CacheEvent, type CacheEventType, type RemovalReason } from './cache-event.ts';

/** Maximum events that listeners may cause by one operation: without a limit, they could go on forever. */
const MAX_CAUSED_EVENTS = 100_000;

/**
 * The events of the entries that leave a cache. They are dispatched at the end of the operation, in order. What listeners
 * do to the cache causes further events, which follow.
 */
export class Departures<V> {
  readonly listeners = new Listeners<CacheEvent<V>>();
  #events: CacheEvent<V>[] = [];
  #isDispatching = false;

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
    if (this.#isDispatching || this.#events.length === 0) return;
    this.#isDispatching = true;
    try {
      const most = this.#events.length + MAX_CAUSED_EVENTS;
      // Grows during the loop.
      const events = this.#events;
      for (let index = 0; index < events.length; index++) {
        if (index === most) {
          warn('Events of a cache were dropped', new Error('listeners caused too many'));
          break;
        }
        this.listeners.dispatch(events[index] as CacheEvent<V>);
      }
    } finally {
      this.#events = [];
      this.#isDispatching = false;
    }
  }

  #queue(type: CacheEventType, key: unknown, value: V, reason: RemovalReason): void {
    if (this.listeners.has(type)) this.#events.push(new CacheEvent(type, key, value, reason));
  }
}
