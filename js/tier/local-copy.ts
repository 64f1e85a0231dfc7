import type { BoundFunction, StoreLocation } from './bound-function.ts';
import { readValue } from './envelope.ts';
import type { Registered } from './tier-core.ts';

/** A result in the first tier that the second one has, too. */
export class LocalCopy implements Registered {
  readonly bound: BoundFunction;
  readonly #key: unknown;
  readonly #location: StoreLocation;
  readonly #token: string;
  /** Whether it came there without the store: then it leaves early, and no loss of the connection matters. */
  readonly #isUnknown: boolean;

  constructor(
    bound: BoundFunction,
    key: unknown,
    location: StoreLocation,
    token: string,
    isUnknown: boolean,
  ) {
    this.bound = bound;
    this.#key = key;
    this.#location = location;
    this.#token = token;
    this.#isUnknown = isUnknown;
  }

  changed(isSure = false): void {
    if (!isSure && this.bound.core.connection.watched === 'echoes') void this.#verify();
    else this.drop();
  }

  /** Asks whether a change that was heard of is one of this process. */
  async #verify(): Promise<void> {
    const { connection, driver } = this.bound.core;
    const { storeKey, bytes: keyBytes } = this.#location;
    try {
      const bytes = await connection.run(() => driver.get(storeKey));
      const value = bytes && readValue(bytes, keyBytes);
      if (value?.token === this.#token) return;
    } catch {
      // The store did not answer: treat it as changed.
    }
    this.drop();
  }

  recheck(): void {
    this.drop();
  }

  expireUnverified(): void {
    if (!this.#isUnknown) this.drop();
  }

  drop(): void {
    // A newer copy, and a flight of the key, which this would detach, hear of changes themselves.
    const { core } = this.bound;
    if (core.isRegistered(this.#location.storeKey, this) && this.isPresent())
      this.bound.user.first.invalidate(this.#key);
  }

  isPresent(): boolean {
    return this.bound.user.first.entries.index.has(this.#key);
  }
}
