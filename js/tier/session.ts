import { systemClock } from '../time/clock.ts';
import type { BoundFunction, StoreLocation } from './bound-function.ts';
import type { FoundResult } from './found-result.ts';
import type { TokenSnapshot } from './function-tokens.ts';
import { HeldTags } from './held-tags.ts';
import type { Lease } from './lease.ts';
import type { ChangedPart, Registered } from './local-copies.ts';
import type { CopyOrigin } from './local-copy.ts';
import { NOT_FOUND, search } from './result-search.ts';
import { type Commit, storeResult } from './result-store.ts';
import type { TierCall, TierFlight, TierSession, TierTerms } from './seam.ts';
import { Phase } from './session-phase.ts';
import type { TierCore } from './tier-core.ts';

/** A flight's way through the tier. It stays registered as long as the first tier has its result. */
export class Session implements TierSession, Registered {
  readonly bound: BoundFunction;
  readonly core: TierCore;
  readonly call: TierCall;
  readonly flight: TierFlight;
  readonly held: HeldTags;
  phase = Phase.READING;
  lease: Lease | undefined;
  snapshot: TokenSnapshot | undefined;
  /** Whether the value that is being read or stored may have changed since. */
  isOutdated = false;
  /** Ends a wait. */
  wake: (() => void) | undefined;
  /** Up to this time, no change of the result has been missed. */
  currentAt = systemClock.read();
  /** The epoch of the connection when the lease was taken. */
  epoch = -1;
  /** The stored value that says that each process has a result of its own. */
  marker: FoundResult | undefined;
  /** The token of the value in the first tier. */
  storedToken = '';
  /** A refresh starts once the stale value is stored. */
  startsRefresh = false;
  #location: StoreLocation | undefined;
  /** Whether another process has changed the key since this one has the lease. */
  #hasLostLease = false;

  constructor(bound: BoundFunction, call: TierCall, flight: TierFlight) {
    this.bound = bound;
    this.core = bound.core;
    this.held = new HeldTags(bound.tokens);
    this.call = call;
    this.flight = flight;
    flight.session = this;
  }

  /** Whether the key stays in the first tier. */
  get isLocal(): boolean {
    return !this.#location;
  }

  /** For a key that is not local. */
  get location(): StoreLocation {
    return this.#location as StoreLocation;
  }

  get isStoring(): boolean {
    return this.phase === Phase.STORING;
  }

  get mayBeOld(): boolean {
    const { phase, core, currentAt } = this;
    const isRunning = phase === Phase.LEADING || phase === Phase.ALONE;
    if (!isRunning || this.isLocal || core.connection.state === 'ready') return false;
    return systemClock.read() - currentAt > core.settings.maxStaleMs;
  }

  /** Whether the flight was detached. */
  get hasEnded(): boolean {
    return this.phase === Phase.ENDED;
  }

  /** Gets a result from the store, or runs the function. */
  async run(next: () => unknown): Promise<unknown> {
    const { underWay, stats } = this.core;
    underWay.start();
    try {
      const isReady = this.#start();
      if (isReady === true || (await isReady)) {
        const found = await search(this);
        if (found !== NOT_FOUND) {
          this.phase = Phase.DONE;
          // Here, as a value that changes while it is taken is read again.
          stats.hits++;
          this.report('tier_hit');
          return found;
        }
      }
    } catch {
      // A fault of the store. It was counted.
      this.throwIfCancelled();
      if (!this.hasEnded) this.phase = Phase.ALONE;
    } finally {
      underWay.end();
    }
    this.currentAt = systemClock.read();
    return next();
  }

  /** Whether the store can be asked. Without Promises where that is known, as each takes time. */
  #start(): boolean | Promise<boolean> {
    const { key, request } = this.call;
    const location = this.bound.locationOf(key, request);
    return location instanceof Promise
      ? Promise.all([location, this.bound.locating]).then(([late]) => this.#startAt(late))
      : this.#startAt(location);
  }

  #startAt(location: StoreLocation | undefined): boolean | Promise<boolean> {
    const { copies, connection, stats } = this.core;
    this.#location = location;
    if (this.hasEnded) return false;
    if (!location) {
      stats.local++;
      this.phase = Phase.ALONE;
      return false;
    }
    copies.register(location.storeKey, this, this);
    const ready = connection.isReady();
    if (ready === true) return true;
    const isReady = (late: boolean) => {
      if (!(late || this.hasEnded)) this.phase = Phase.ALONE;
      return late;
    };
    return ready instanceof Promise ? ready.then(isReady) : isReady(ready);
  }

  throwIfCancelled(): void {
    const { cancellation } = this.flight;
    if (cancellation.aborted) throw cancellation.reason;
  }

  /** What the first tier gets. @param isUnwatched nothing tells of its changes */
  originOf(isUnwatched: boolean): CopyOrigin {
    const { bound, location, storedToken: token, currentAt } = this;
    return { bound, key: this.call.key, location, token, currentAt, isUnwatched };
  }

  /** Whether the lease is given up: calls of this process, too, would not join the flight any more. */
  get isLost(): boolean {
    return this.flight.isLost;
  }

  /** Runs the function with the lease. */
  lead(lease: Lease): void {
    const { leaders, stats } = this.core;
    this.phase = Phase.LEADING;
    leaders.add(this);
    stats.misses++;
    this.report('tier_miss');
    lease.keep();
  }

  loseLease(): void {
    this.#hasLostLease = true;
    this.flight.detach();
  }

  store(value: unknown, terms: TierTerms, commit: Commit): void {
    storeResult(this, value, terms, commit);
  }

  discard(): void {
    if (this.phase !== Phase.LEADING) return;
    // Without `end`: the removal releases the lease, too.
    this.finish();
    void this.core.track(this.bound.invalidate([this.call.key], false));
  }

  /** The flight was detached: nothing more is stored. */
  end(): void {
    const { phase } = this;
    if (phase === Phase.ENDED) return;
    this.finish();
    if (phase !== Phase.LEADING) return;
    this.lease?.release();
    if (this.#hasLostLease) this.core.stats.refused++;
  }

  /** There is nothing more to do. */
  finish(): void {
    const { copies, leaders } = this.core;
    this.phase = Phase.ENDED;
    this.held.end();
    this.lease?.stop();
    this.wake?.();
    leaders.delete(this);
    if (this.#location) copies.unregister(this.#location.storeKey, this);
  }

  changed(isSure = false, part?: ChangedPart): void {
    const { phase } = this;
    // The old value has expired. A write or a removal also ends the lease, and is reported for both.
    if (phase === Phase.LEADING && part === 'value') return;
    this.isOutdated = true;
    if (phase === Phase.WAITING) this.wake?.();
    if (!isSure && this.core.connection.watched === 'echoes') return void this.#verify();
    if (phase === Phase.LEADING) this.#hasLostLease = true;
    // Before the run, the value is read again.
    if (phase > Phase.WAITING) this.drop();
  }

  /** Asks whether a change that was heard of is one of this process. */
  async #verify(): Promise<void> {
    const { phase } = this;
    try {
      if (phase === Phase.LEADING) await this.lease?.verify();
      // It has changed nothing.
      else if (phase === Phase.ALONE && !this.marker) this.drop();
      else if (phase === Phase.DONE) {
        const value = await this.core.readStored(this.location);
        if (value?.token !== this.storedToken) this.drop();
      }
    } catch {
      this.drop();
    }
  }

  recheck(): void {
    const { phase } = this;
    if (phase === Phase.LEADING) void this.lease?.renew();
    else if (phase === Phase.WAITING) this.wake?.();
    else if (phase !== Phase.READING) this.drop();
  }

  expireUnverified(): void {
    if (this.phase === Phase.DONE) this.drop();
  }

  drop(): void {
    this.bound.user.first.invalidate(this.call.key);
  }

  isPresent(): boolean {
    const { first } = this.bound.user;
    const { key } = this.call;
    return first.entries.index.has(key) || first.flights?.get(key) === this.flight;
  }

  report(type: 'tier_hit' | 'tier_miss' | 'tier_wait'): void {
    this.bound.user.reporter.report(type, { key: this.call.key, flight: this.flight.id });
  }
}
