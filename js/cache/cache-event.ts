import { PrintedEvent } from '../events/printed-event.ts';

/**
 * Why an entry left a `ResultCache`: the cache was full, its time was over, another value was stored for its key, it was
 * invalidated by its key or a tag, or the cache was cleared or disposed of.
 */
export type RemovalReason = 'evict' | 'expire' | 'replace' | 'invalidate' | 'clear';

/** The type of an event of a `ResultCache`. */
export type CacheEventType = 'evict' | 'expire' | 'remove';

/** An event of type `T` about an entry with a value of type `V` that left a `ResultCache`. */
export class CacheEvent<
  V = unknown,
  T extends CacheEventType = CacheEventType,
> extends PrintedEvent {
  /** `evict` and `expire` for these two reasons; `remove` for any reason. */
  declare readonly type: T;

  /** The key of the entry. */
  readonly key: unknown;
  /** The value of the entry. */
  readonly value: V;
  /** Why the entry left. */
  readonly reason: RemovalReason;

  /** Used by the cache; you rarely need it. */
  constructor(type: T, key: unknown, value: V, reason = type as RemovalReason) {
    super(type);
    this.key = key;
    this.value = value;
    this.reason = reason;
  }
}
