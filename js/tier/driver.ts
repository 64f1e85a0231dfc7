/** A value, or a Promise of it: a driver may be synchronous. */
export type Awaitable<T> = T | PromiseLike<T>;

/**
 * A store of bytes below a tier: Redis, SQLite, or one of your own for `tier({ driver })`.
 *
 * Keys are ASCII text of at most 300 characters. A driver stores under each key a value with a lifetime, and next to it at
 * most one lease: a token with a lifetime of its own. Each method is atomic. An error that a method throws or rejects with
 * never fails a call of a function: the call goes on without the tier.
 *
 * The first 19 bytes of each value differ from those of every other value: its stamp. `seen` is such a stamp.
 */
export interface Driver {
  /** What it stores in, for errors and `health()`: `'redis'`. */
  readonly name: string;
  /** Returns the value of a key; `undefined` if there is none, or its lifetime is over. */
  get(key: string): Awaitable<Uint8Array | undefined>;
  /**
   * Stores a value, whatever is stored, and removes the lease of the key.
   * @param lifeMs the lifetime in milliseconds, 0: forever
   */
  set(key: string, value: Uint8Array, lifeMs: number): Awaitable<void>;
  /**
   * Stores a value if the stored one begins with `seen`, or if `seen` is `undefined` and nothing is stored; removes the lease
   * of the key then. Returns whether it did.
   * @param lifeMs the lifetime in milliseconds, 0: forever
   */
  replace(
    key: string,
    seen: Uint8Array | undefined,
    value: Uint8Array,
    lifeMs: number,
  ): Awaitable<boolean>;
  /** Removes the value and the lease of a key. Returns the first 33 bytes of the value; `undefined` if there was none. */
  delete(key: string): Awaitable<Uint8Array | undefined>;
  /**
   * The time of the store's clock, in milliseconds since 1970. Called at the start and about once a second, as a sign that the
   * store answers.
   */
  time(): Awaitable<number>;
  /** Leases. A driver without them is accepted only with `consistency: 'eventual'`. */
  readonly leases?: Leases | undefined;
  /**
   * Connects, before the first other method and again after {@link Driver.close}. Absent if there is nothing to connect to.
   * Returns whether `watcher` will learn of each change by another process; `'echoes'` if it also learns of changes by this
   * one. If `false`, values are kept in the first tier for at most `maxStale`. If not, each read settles after `watcher` was
   * told of the changes that were over when the read began.
   */
  open?(watcher: Watcher): Awaitable<boolean | 'echoes'>;
  /** Ends all connections at once, also those that do not answer. `open` may follow. */
  close?(): Awaitable<void>;
}

/**
 * The right to store a result. One process at a time has the lease of a key, by a token that it has made. `set`, `replace` and
 * `delete` remove the lease, so that a result that began before them is not stored.
 */
export interface Leases {
  /**
   * Takes the lease of a key for a token, unless a value is stored or another token has it.
   * @param seen the stamp of a stored value that does not count, because it is stale
   * @param takeOver takes the lease from another token, too, and whatever is stored
   * @returns the stored value; or 0 if the token has the lease now; or the milliseconds, above 0, after which the lease of the
   * other token ends unless it is renewed
   */
  acquire(
    key: string,
    token: string,
    leaseMs: number,
    seen: Uint8Array | undefined,
    takeOver: boolean,
  ): Awaitable<Uint8Array | number>;
  /**
   * Extends the lease to end after `leaseMs` from now, if the token has it. Returns whether it has.
   * @param leaseMs 0, where `open` has returned `'echoes'`: only asks
   */
  renew(key: string, token: string, leaseMs: number): Awaitable<boolean>;
  /** Removes the lease if the token has it. */
  release(key: string, token: string): Awaitable<void>;
  /**
   * Stores a value and removes the lease, if the token has it. Returns `true` if the token had the lease and the value has
   * not been replaced since.
   * @param lifeMs the lifetime in milliseconds, 0: forever
   */
  store(key: string, token: string, value: Uint8Array, lifeMs: number): Awaitable<boolean>;
}

/** What a driver with a connection tells the tier. */
export interface Watcher {
  /**
   * The value or the lease of a key that this process has read may have been changed by another process. Without a key, any
   * may have changed.
   * @param part `'value'`: the value alone has changed, for example expired; a process that has the lease keeps it.
   * `'lease'`: the lease alone; copies of the value are kept. Omit it if both may have changed, or report each.
   */
  changed(key?: string, part?: 'value' | 'lease'): void;
  /** The connection was lost. The tier calls `close`, and later `open`. */
  lost(error?: unknown): void;
}
