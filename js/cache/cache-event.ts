import { PrintedEvent } from '../events/printed-event.ts';

/**
 * An entry left a `ResultCache` by itself: `evict`, because the cache was full, or `expire`, because its time was up.
 */
export class CacheEvent<V = unknown> extends PrintedEvent {
  /** Why it left. */
  declare readonly type: 'evict' | 'expire';

  /** The key that the entry had. */
  readonly key: unknown;
  /** The value that it had. */
  readonly value: V;

  /** As a cache makes it. */
  constructor(type: 'evict' | 'expire', key: unknown, value: V) {
    super(type);
    this.key = key;
    this.value = value;
  }
}
