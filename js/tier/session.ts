import { systemClock } from '../time/clock.ts';
import { startTimer } from '../time/timer.ts';
import type { BoundFunction, StoreLocation } from './bound-function.ts';
import { encodeResult, leftMsOf, storedValueOf } from './encoded-result.ts';
import { readValue, stampOf } from './envelope.ts';
import { type FoundResult, findResult } from './found-result.ts';
import type { TokenSnapshot } from './function-tokens.ts';
import { Lease } from './lease.ts';
import type { Registered } from './local-copies.ts';
import { LocalCopy } from './local-copy.ts';
import type { TierCall, TierFlight, TierSession, TierTerms } from './seam.ts';
import type { TierCore } from './tier-core.ts';

/** A flight that waits for a run elsewhere asks again after this time, if it hears of no change. */
const MAX_WAIT_MS = 500;
/** The same, where changes are not heard of. */
const POLL_MS = 100;
/** `StoredKind.PROMISE` of `cache`, from which `tier` may not import. */
const PROMISE = 2;

const NOT_FOUND: unique symbol = Symbol('not found');

type Commit = (ttlMs: number | undefined) => void;

/** What a session does. */
enum Phase {
  /** A value is being read, or a lease taken. */
  READING = 0,
  /** Another process runs the function. */
  WAITING = 1,
  /** This one does, and has the lease. */
  LEADING = 2,
  /** This one does, without a lease. */
  ALONE = 3,
  /** There is a result, which is not in the first tier yet. */
  DONE = 4,
  /** The result is being stored. */
  STORING = 5,
  ENDED = 6,
}

/** A flight's way through the tier. It stays registered as long as the first tier has its result. */
export class Session implements TierSession, Registered {
  readonly bound: BoundFunction;
  readonly #core: TierCore;
  readonly #call: TierCall;
  readonly #flight: TierFlight;
  #phase = Phase.READING;
  /** Absent for a key that stays in the first tier. */
  #location: StoreLocation | undefined;
  #lease: Lease | undefined;
  #snapshot: TokenSnapshot | undefined;
  /** Whether the value that is being read or stored may have changed since. */
  #isOutdated = false;
  #wake: (() => void) | undefined;
  /** Whether another process has changed the key since this one has the lease. */
  #hasLostLease = false;
  /** Up to this time, no change of the result has been missed. */
  #currentAt = systemClock.read();
  /** The stored value that says that each process has a result of its own. */
  #marker: FoundResult | undefined;
  #hasWaited = false;
  /** The token of the value in the first tier. */
  #storedToken = '';
  /** A refresh starts once the stale value is stored. */
  #startsRefresh = false;

  constructor(bound: BoundFunction, call: TierCall, flight: TierFlight) {
    this.bound = bound;
    this.#core = bound.core;
    this.#call = call;
    this.#flight = flight;
    flight.session = this;
  }

  get isStoring(): boolean {
    return this.#phase === Phase.STORING;
  }

  /** Whether the flight was detached. */
  get #hasEnded(): boolean {
    return this.#phase === Phase.ENDED;
  }

  /** Gets a result from the store, or runs the function. */
  async run(next: () => unknown): Promise<unknown> {
    const { underWay } = this.#core;
    underWay.start();
    try {
      const isReady = this.#start();
      if (isReady === true || (await isReady)) {
        const found = await this.#find();
        if (found !== NOT_FOUND) {
          this.#phase = Phase.DONE;
          // Here, as a value that changes while it is taken is read again.
          this.#core.stats.hits++;
          this.#report('tier_hit');
          return found;
        }
      }
    } catch {
      // A fault of the store. It was counted.
      this.#throwIfCancelled();
      if (!this.#hasEnded) this.#phase = Phase.ALONE;
    } finally {
      underWay.end();
    }
    this.#currentAt = systemClock.read();
    return next();
  }

  /** Whether the store can be asked. Without Promises where that is known, as each takes time. */
  #start(): boolean | Promise<boolean> {
    const { key, request } = this.#call;
    const location = this.bound.locationOf(key, request);
    return location instanceof Promise
      ? Promise.all([location, this.bound.locating]).then(([late]) => this.#startAt(late))
      : this.#startAt(location);
  }

  #startAt(location: StoreLocation | undefined): boolean | Promise<boolean> {
    this.#location = location;
    if (this.#hasEnded) return false;
    if (!location) {
      this.#core.stats.local++;
      this.#phase = Phase.ALONE;
      return false;
    }
    this.#core.copies.register(location.storeKey, this, this);
    const ready = this.#core.connection.isReady();
    if (ready === true) return true;
    const isReady = (late: boolean) => {
      if (!(late || this.#hasEnded)) this.#phase = Phase.ALONE;
      return late;
    };
    return ready instanceof Promise ? ready.then(isReady) : isReady(ready);
  }

  /** The result in the store, or {@link NOT_FOUND} if the function has to run. */
  async #find(): Promise<unknown> {
    const { storeKey, bytes: keyBytes } = this.#location as StoreLocation;
    const { connection, driver, changes, stats } = this.#core;
    const call = this.#call;
    const flight = this.#flight;
    let bytes: Uint8Array | undefined;
    let isRead = false;
    for (;;) {
      const takeOver = flight.isRefresh;
      if (!takeOver && !isRead) {
        if (this.#hasEnded) return NOT_FOUND;
        this.#phase = Phase.READING;
        // The server does not tell this process of its own changes.
        const change = changes.underWay(storeKey);
        if (change) await change;
        this.#isOutdated = false;
        this.#currentAt = systemClock.read();
        bytes = await connection.run(() => driver.get(storeKey));
      }
      isRead = false;
      let seen: Uint8Array | undefined;
      if (bytes && !takeOver) {
        stats.bytesIn += bytes.length;
        const value = readValue(bytes, keyBytes);
        const asked = value && findResult(this.bound, value, call, flight);
        const found = asked instanceof Promise ? await asked : asked;
        if (this.#isOutdated) continue;
        if (found) {
          const { use, result } = found;
          this.#take(found);
          if (use === 'return') return result;
          if (use === 'run here') return NOT_FOUND;
        }
        seen = stampOf(bytes);
      }
      this.#throwIfCancelled();
      if (this.#hasEnded) return NOT_FOUND;
      // Before the run, and after a wait for another one.
      this.#snapshot = await this.bound.tokens.readSnapshot(call.request);
      this.#isOutdated = false;
      this.#currentAt = systemClock.read();
      this.#lease ??= new Lease(this.#core, storeKey, () => this.#loseLease());
      const answer = await this.#lease.acquire(seen, takeOver);
      if (answer === 0) {
        if (this.#hasEnded || flight.cancellation.aborted) {
          this.#lease.release();
          this.#throwIfCancelled();
        } else this.#lead(this.#lease);
        return NOT_FOUND;
      }
      if (typeof answer !== 'number') {
        bytes = answer;
        isRead = true;
        continue;
      }
      if (!this.#hasWaited) {
        this.#hasWaited = true;
        stats.waits++;
        this.#report('tier_wait');
      }
      const most = connection.watched ? MAX_WAIT_MS : POLL_MS;
      if (!this.#isOutdated) await this.#wait(Math.min(answer, most));
      this.#throwIfCancelled();
    }
  }

  #throwIfCancelled(): void {
    const { cancellation } = this.#flight;
    if (cancellation.aborted) throw cancellation.reason;
  }

  #take(found: FoundResult): void {
    const { use, token, freshMs, tags } = found;
    this.#storedToken = token;
    if (use === 'run here') {
      this.#phase = Phase.ALONE;
      this.#marker = found;
    } else if (use === 'return') {
      this.#call.own = { ttlMs: freshMs === Infinity ? 0 : freshMs, tags };
      this.#startsRefresh = freshMs <= 0;
    } else this.#keepStale(found);
  }

  /** Puts a stale value into the first tier, so that it may replace a failure. */
  #keepStale({ result, freshMs, tags }: FoundResult): void {
    const { first } = this.bound.user;
    const { key } = this.#call;
    if (first.entries.index.has(key) || !this.#flight.isAttached) return;
    const weight = first.weightOf(key, result);
    const put = (ttlMs: number) => first.put(key, result, ttlMs, PROMISE, tags, weight);
    LocalCopy.keep(this.#originOf(false), freshMs, put);
  }

  #originOf(isUnknown: boolean) {
    return {
      bound: this.bound,
      key: this.#call.key,
      location: this.#location as StoreLocation,
      token: this.#storedToken,
      currentAt: this.#currentAt,
      isUnknown,
    };
  }

  #lead(lease: Lease): void {
    const core = this.#core;
    this.#phase = Phase.LEADING;
    core.leaders.add(this);
    core.stats.misses++;
    this.#report('tier_miss');
    lease.keep();
  }

  #loseLease(): void {
    this.#hasLostLease = true;
    this.#flight.detach();
  }

  #wait(milliseconds: number): Promise<void> {
    this.#phase = Phase.WAITING;
    return new Promise((resolve) => {
      const timer = startTimer(() => this.#wake?.(), milliseconds, this.#flight.isBackground);
      this.#wake = () => {
        this.#wake = undefined;
        timer.clear();
        resolve();
      };
    });
  }

  store(value: unknown, terms: TierTerms, commit: Commit): void {
    const { first } = this.bound.user;
    const phase = this.#phase;
    const ttlMs = terms.ttlMs ?? first.ownTtl();
    if (phase === Phase.LEADING) {
      this.#startStoring();
      this.#lease?.stop();
      void this.#core.track(this.#store(value, terms, commit));
    } else if (!this.#location) {
      this.#phase = Phase.ENDED;
      commit(terms.ttlMs);
    } else if (phase === Phase.DONE) {
      this.#commit(ttlMs, commit, false);
      if (this.#startsRefresh) this.bound.user.refresh(this.#call.again());
    } else if (phase !== Phase.ALONE) {
      this.#flight.detach();
    } else if (!this.#marker) {
      this.#commit(ttlMs, commit, true);
    } else {
      const lifeMs = Math.min(ttlMs || Infinity, this.#marker.freshMs);
      // Where each change is heard of, the flight is detached by now.
      if (this.#core.connection.watched === true) this.#commit(lifeMs, commit, false);
      else {
        this.#startStoring();
        void this.#core.track(this.#commitOwn(lifeMs, commit));
      }
    }
  }

  #startStoring(): void {
    this.#phase = Phase.STORING;
    this.#isOutdated = false;
  }

  /** Stores a result in the first tier. @param isUnknown nothing tells of its changes */
  #commit(ttlMs: number, commit: Commit, isUnknown: boolean): void {
    this.#end();
    const copy = LocalCopy.keep(this.#originOf(isUnknown), ttlMs, commit);
    // With echoes, the change may be this one, or a later one by another process.
    if (!copy) this.#flight.detach();
    else if (this.#isOutdated) copy.changed();
  }

  /** Keeps a result in this process only, unless its key was invalidated during the run. */
  async #commitOwn(lifeMs: number, commit: Commit): Promise<void> {
    let isCurrent: boolean | undefined;
    const sent = systemClock.read();
    try {
      const value = await this.#core.readStored(this.#location as StoreLocation);
      const validity = value && (await this.bound.tokens.validate(value, this.#call.request));
      isCurrent = value?.token === this.#storedToken && Number(validity?.freshMs) > 0;
      if (isCurrent) this.#currentAt = sent;
    } catch {
      // The store did not answer: the result leaves after maxStale.
    }
    if (this.#phase !== Phase.STORING) return;
    if (isCurrent === false) this.#refuse();
    else this.#commit(lifeMs, commit, isCurrent === undefined);
  }

  /** Stores a result in the second tier, then in the first one. */
  async #store(value: unknown, terms: TierTerms, commit: Commit): Promise<void> {
    const core = this.#core;
    const { bound } = this;
    const { connection, leases } = core;
    const location = this.#location as StoreLocation;
    const lease = this.#lease as Lease;
    const { token } = lease;
    let isStored: boolean | undefined;
    let leftMs = terms.ttlMs ?? bound.user.first.ownTtl();
    try {
      const result = encodeResult(bound, value, terms);
      const bytes = await storedValueOf(
        bound,
        location,
        token,
        result,
        this.#snapshot as TokenSnapshot,
      );
      if (bytes) {
        const sent = systemClock.read();
        const { storeKey } = location;
        isStored = await connection.run(() => leases.store(storeKey, token, bytes, result.lifeMs));
        this.#currentAt = sent;
        // Without a flight, the first tier of this function keeps an old result.
        if (isStored) core.copies.changedHere(storeKey, this.#hasEnded ? undefined : bound);
      } else {
        isStored = false;
        lease.release();
      }
      if (!isStored) core.stats.refused++;
      leftMs = leftMsOf(result, connection);
    } catch {
      // A lease that is not removed makes others wait.
      lease.release();
      const heardAt = connection.watched ? connection.coherentAt : 0;
      this.#currentAt = Math.max(this.#currentAt, lease.heldAt, heardAt);
    }
    core.leaders.delete(this);
    if (this.#phase !== Phase.STORING) return;
    this.#storedToken = token;
    if (isStored === false) this.#refuse();
    else this.#commit(leftMs, commit, isStored === undefined);
  }

  #refuse(): void {
    this.#end();
    this.#flight.detach();
  }

  /** The flight was detached: nothing more is stored. */
  end(): void {
    const phase = this.#phase;
    if (phase === Phase.ENDED) return;
    this.#end();
    if (phase !== Phase.LEADING) return;
    this.#lease?.release();
    if (this.#hasLostLease) this.#core.stats.refused++;
  }

  #end(): void {
    this.#phase = Phase.ENDED;
    this.#lease?.stop();
    this.#wake?.();
    this.#core.leaders.delete(this);
    if (this.#location) this.#core.copies.unregister(this.#location.storeKey, this);
  }

  changed(isSure = false): void {
    const phase = this.#phase;
    this.#isOutdated = true;
    if (phase === Phase.WAITING) this.#wake?.();
    if (!isSure && this.#core.connection.watched === 'echoes') return void this.#verify();
    if (phase === Phase.LEADING) this.#hasLostLease = true;
    const isWaiting = phase === Phase.READING || phase === Phase.WAITING;
    if (!isWaiting || this.bound.user.first.entries.index.has(this.#call.key)) this.drop();
  }

  /** Asks whether a change that was heard of is one of this process. */
  async #verify(): Promise<void> {
    const phase = this.#phase;
    try {
      if (phase === Phase.LEADING) await this.#lease?.verify();
      // It has changed nothing.
      else if (phase === Phase.ALONE && !this.#marker) this.drop();
      else if (phase === Phase.DONE) {
        const value = await this.#core.readStored(this.#location as StoreLocation);
        if (value?.token !== this.#storedToken) this.drop();
      }
    } catch {
      this.drop();
    }
  }

  recheck(): void {
    const phase = this.#phase;
    if (phase === Phase.LEADING) void this.#lease?.renew();
    else if (phase === Phase.WAITING) this.#wake?.();
    else if (phase !== Phase.READING) this.drop();
  }

  expireUnverified(): void {
    if (this.#phase === Phase.DONE) this.drop();
  }

  drop(): void {
    this.bound.user.first.invalidate(this.#call.key);
  }

  isPresent(): boolean {
    const { first } = this.bound.user;
    const { key } = this.#call;
    return first.entries.index.has(key) || first.flights?.get(key) === this.#flight;
  }

  #report(type: 'tier_hit' | 'tier_miss' | 'tier_wait'): void {
    this.bound.user.reporter.report(type, { key: this.#call.key, flight: this.#flight.id });
  }
}
