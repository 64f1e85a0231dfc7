import { systemClock } from '../time/clock.ts';
import type { BoundFunction, StoreLocation } from './bound-function.ts';
import type { ChangedPart, Registered } from './local-copies.ts';

/** What the tier knows of a result that the first tier gets. */
export interface CopyOrigin {
  readonly bound: BoundFunction;
  readonly key: unknown;
  readonly location: StoreLocation;
  /** That of the stored value. */
  readonly token: string;
  /** Up to this time, no change of the result has been missed. */
  readonly currentAt: number;
  /** Whether it came there without the store: then it leaves early, and no loss of the connection matters. */
  readonly isUnwatched: boolean;
}

/** How long a result may be kept whose changes nothing tells, in milliseconds. */
function unwatchedMs({ bound, currentAt }: CopyOrigin): number {
  return currentAt + bound.core.settings.maxStaleMs - systemClock.read();
}

/** A result in the first tier that the second one has, too. */
export class LocalCopy implements Registered {
  readonly #origin: CopyOrigin;

  constructor(origin: CopyOrigin) {
    this.#origin = origin;
  }

  /**
   * Stores a result in the first tier by `commit`, for as long as it is known to be current. Returns `undefined` if that time is
   * over.
   */
  static keep(
    origin: CopyOrigin,
    ttlMs: number,
    commit: (ttlMs: number) => void,
  ): LocalCopy | undefined {
    const { bound, location, isUnwatched } = origin;
    // A lost connection tells of nothing, and what was kept may have ended already.
    const isLimited = isUnwatched || !bound.core.connection.isCoherent;
    const mostMs = isLimited ? unwatchedMs(origin) : Infinity;
    if (mostMs <= 0) return undefined;
    const copy = new LocalCopy(origin);
    bound.core.copies.register(location.storeKey, bound, copy);
    // The ttl of an entry does not end its windows for stale results.
    if (isLimited && bound.user.first.entries.staleMs > 0)
      bound.core.copies.dropAfter(mostMs, copy);
    const lifeMs = Math.min(ttlMs || Infinity, mostMs);
    commit(lifeMs === Infinity ? 0 : lifeMs);
    return copy;
  }

  get bound(): BoundFunction {
    return this.#origin.bound;
  }

  changed(isSure = false, part?: ChangedPart): void {
    // A process runs the function. The value changes when that stores its result.
    if (part === 'lease') return;
    if (!isSure && this.bound.core.connection.watched === 'echoes') void this.#verify();
    else this.drop();
  }

  /** Asks whether a change that was heard of is one of this process. */
  async #verify(): Promise<void> {
    const { bound, location, token } = this.#origin;
    try {
      if ((await bound.core.readStored(location))?.token === token) return;
    } catch {
      // The store did not answer: treat it as changed.
    }
    this.drop();
  }

  recheck(): void {
    this.drop();
  }

  expireUnverified(): void {
    if (!this.#origin.isUnwatched) this.drop();
  }

  drop(): void {
    // Newer copies and flights of the key are registered themselves.
    const { bound, key, location } = this.#origin;
    if (bound.core.copies.isRegistered(location.storeKey, this) && this.isPresent()) {
      bound.user.first.invalidate(key, 'invalidate', true);
    }
  }

  isPresent(): boolean {
    return this.bound.user.first.entries.index.has(this.#origin.key);
  }
}
