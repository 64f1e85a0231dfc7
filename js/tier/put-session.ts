import { systemClock } from '../time/clock.ts';
import type { BoundFunction, StoreLocation } from './bound-function.ts';
import { type EncodedResult, encodeResult, leftMsOf, storedValueOf } from './encoded-result.ts';
import { isFull } from './full-store.ts';
import { HeldTags } from './held-tags.ts';
import type { Registered } from './local-copies.ts';
import { LocalCopy } from './local-copy.ts';
import type { TierCall, TierFlight, TierSession, TierTerms } from './seam.ts';
import type { Run } from './tag-tokens.ts';
import type { TierCore } from './tier-core.ts';
import { newToken } from './value-name.ts';

/** Straight to the driver: a put also runs before a new connection is ready. */
const DIRECT: Run = async (operation) => operation();

/** A result of the user on its way through the tier: `put`. */
export class PutSession implements TierSession, Registered {
  readonly bound: BoundFunction;
  readonly #core: TierCore;
  readonly #call: TierCall;
  readonly #flight: TierFlight;
  readonly held: HeldTags;
  readonly #token = newToken();
  #settle!: (error?: unknown) => void;
  /** Absent for a key that stays in the first tier. */
  #location: StoreLocation | undefined;
  #isStarted = false;
  #isOver = false;
  /** Whether a change was heard of since it started. */
  #isOutdated = false;
  /** Whether this process has changed the key before the store had the result. */
  #isWithdrawn = false;
  /** Whether the first tier drops the key because of a change elsewhere. */
  #isDropping = false;
  /** Settles once the result is stored. */
  readonly done: Promise<void>;

  constructor(bound: BoundFunction, call: TierCall, flight: TierFlight) {
    this.bound = bound;
    this.#core = bound.core;
    this.held = new HeldTags(bound.tokens);
    this.#call = call;
    this.#flight = flight;
    flight.session = this;
    this.done = new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  readonly mayBeOld = false;

  get isStoring(): boolean {
    return this.#isStarted && !this.#isOver;
  }

  store(value: unknown, terms: TierTerms, commit: (ttlMs: number | undefined) => void): void {
    this.#isStarted = true;
    void this.#core.track(this.#store(value, terms, commit));
  }

  async #store(
    value: unknown,
    terms: TierTerms,
    commit: (ttlMs: number | undefined) => void,
  ): Promise<void> {
    const { bound } = this;
    const { connection } = this.#core;
    const { key, request } = this.#call;
    let result: EncodedResult;
    let sent = 0;
    let isStored = false;
    try {
      const located = bound.locationOf(key, request);
      // Changes of other functions that follow at once wait for this one.
      const location = located instanceof Promise ? await located : located;
      if (!location) {
        this.#isOver = true;
        commit(terms.ttlMs);
        this.#settle();
        return;
      }
      this.#location = location;
      result = encodeResult(bound, value, terms);
      await this.#write(location, result);
      this.#settle();
      sent = systemClock.read();
      // Reading subscribes to its changes.
      isStored = (await this.#core.readStored(location))?.token === this.#token;
      if (this.#isOver) return;
      if (isStored) {
        this.#end();
        const leftMs = leftMsOf(result, connection);
        const token = this.#token;
        const origin = { bound, key, location, token, currentAt: sent, isUnwatched: false };
        const copy = LocalCopy.keep(origin, leftMs, commit);
        // With echoes, the change may be this one, or a later one by another process.
        if (this.#isOutdated) copy?.changed();
        if (copy) return;
      }
    } catch (error) {
      this.#settle(error);
    }
    this.#end();
    this.#flight.detach();
  }

  async #write(location: StoreLocation, result: EncodedResult): Promise<void> {
    const core = this.#core;
    const { bound } = this;
    const { driver } = core;
    const { storeKey } = location;
    core.copies.register(storeKey, this, this);
    const run = async () => {
      const tags = result.tags ?? new Set<string>();
      const snapshot = await bound.tokens.readSnapshot(this.held, this.#call.request, tags, DIRECT);
      const bytes = await storedValueOf(this, location, this.#token, result, snapshot, DIRECT);
      // Withdrawn, too, it removes what it was to replace, and the lease of an earlier run.
      if (bytes && !this.#isWithdrawn) await driver.set(storeKey, bytes, result.lifeMs);
      else await driver.delete(storeKey);
    };
    try {
      await core.changes.make({
        ...bound.details,
        key: storeKey,
        action: 'put',
        run,
        isLong: true,
      });
    } catch (error) {
      // A full store: the old value must not stay.
      const { cause } = error as Error;
      const remove = () => driver.delete(storeKey);
      const removal = { ...bound.details, key: storeKey, action: 'invalidate', run: remove };
      if (isFull(cause)) await core.changes.make(removal).catch(() => {});
      throw error;
    } finally {
      core.copies.changedHere(storeKey, bound);
    }
  }

  /** The flight was detached. */
  end(): void {
    if (this.#isOver) return;
    this.#isWithdrawn = this.#isStarted && !this.#isDropping;
    this.#end();
    if (!this.#isStarted) void this.#removeOld();
  }

  #end(): void {
    this.#isOver = true;
    this.held.end();
    if (this.#location) this.#core.copies.unregister(this.#location.storeKey, this);
  }

  /** The result is not to be stored. What it replaces goes all the same. */
  async #removeOld(): Promise<void> {
    try {
      await this.bound.invalidate([this.#call.key], false);
      this.#settle();
    } catch (error) {
      this.#settle(error);
    }
  }

  changed(isSure = false): void {
    // This one comes later, and replaces whatever is stored.
    if (isSure) return;
    this.#isOutdated = true;
    if (this.#core.connection.watched !== 'echoes') this.drop();
  }

  recheck(): void {
    this.drop();
  }

  expireUnverified(): void {}

  drop(): void {
    this.#isDropping = true;
    this.bound.user.first.invalidate(this.#call.key);
    this.#isDropping = false;
  }

  isPresent(): boolean {
    return this.bound.user.first.flights?.get(this.#call.key) === this.#flight;
  }
}
