import { PrintedEvent } from '../events/printed-event.ts';

/** The event of an entry that a `ResultCache` removed: `evict` if the cache was full, `expire` after the entry's ttl. */
export class CacheEvent<V = unknown> extends PrintedEvent {
  /** Why the entry was removed. */
  declare readonly type: 'evict' | 'expire';

  /** The key of the entry. */
  readonly key: unknown;
  /** The value of the entry. */
  readonly value: V;

  /** Used by the cache; you rarely need it. */
  constructor(type: 'evict' | 'expire', key: unknown, value: V) {
    super(type);
    this.key = key;
    this.value = value;
  }
}
