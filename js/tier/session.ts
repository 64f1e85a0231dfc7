import { systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import type { BoundFunction, StoreLocation, TokenSnapshot } from './bound-function.ts';
import { isFull } from './connection.ts';
import {
  readValue,
  STAMP_LENGTH,
  type StoredValue,
  type ValueKind,
  writeValue,
} from './envelope.ts';
import { LocalCopy } from './local-copy.ts';
import { decodeResponse, encodeResponse } from './response-envelope.ts';
import type { TierCall, TierFlight, TierSession, TierTerms } from './seam.ts';
import type { Run } from './tag-tokens.ts';
import type { Registered, TierCore } from './tier-core.ts';
import { newToken } from './value-name.ts';

/** A flight that waits for a run elsewhere asks again after this time, if it hears of no change. */
const MAX_WAIT_MS = 500;
/** The same, where changes are not heard of. */
const POLL_MS = 100;
/** `StoredKind.PROMISE` of `cache`, from which `tier` may not import. */
const PROMISE = 2;

const NOT_FOUND: unique symbol = Symbol('not found');

/** A result in bytes, and how it is stored. */
interface Encoded {
  readonly kind: ValueKind;
  readonly payload: Uint8Array;
  /** Milliseconds, 0: forever. */
  readonly ttlMs: number;
  readonly tags: ReadonlySet<string> | undefined;
}

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
  #ownToken: string | undefined;
  #phase = Phase.READING;
  /** Absent for a key that stays in the first tier. */
  #location: StoreLocation | undefined;
  #snapshot: TokenSnapshot | undefined;
  /** Whether the value that is being read may have changed since. */
  #isOutdated = false;
  #wake: (() => void) | undefined;
  #renewTimer: Timer | undefined;
  /** Whether another process has changed the key since this one has the lease. */
  #hasLostLease = false;
  /** Up to this time, no change of the result has been missed. */
  #currentAt = systemClock.read();
  /** How long a result may be kept that the store cannot have. */
  #leftMs: number | undefined;
  #hasWaited = false;
  /** The token of the value in the first tier. */
  #storedToken = '';
  /** The end of a `put`. */
  #settlePut: ((error?: unknown) => void) | undefined;
  /** Whether this process has changed the key after a `put`, before the store had its value. */
  #isWithdrawn = false;
  /** Whether the first tier drops the key because of a change elsewhere. */
  #isDropping = false;
  /** A refresh starts once the stale value is stored. */
  #startsRefresh = false;

  constructor(bound: BoundFunction, call: TierCall, flight: TierFlight) {
    this.bound = bound;
    this.#core = bound.core;
    this.#call = call;
    this.#flight = flight;
    flight.session = this;
  }

  /** Of the lease, and of the value that is stored with it. */
  get #token(): string {
    this.#ownToken ??= newToken();
    return this.#ownToken;
  }

  get isStoring(): boolean {
    return this.#phase === Phase.STORING;
  }

  /** Gets a result from the store, or runs the function. */
  async run(next: () => unknown): Promise<unknown> {
    let isReady = false;
    try {
      isReady = await this.#start();
      if (isReady) {
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
      if (this.#flight.cancellation.aborted) throw this.#flight.cancellation.reason;
      if (this.#phase !== Phase.ENDED) this.#phase = Phase.ALONE;
    }
    this.#currentAt = systemClock.read();
    return next();
  }

  async #start(): Promise<boolean> {
    const { key, request } = this.#call;
    this.#location = await this.bound.locationOf(key, request);
    if (this.#phase === Phase.ENDED) return false;
    if (!this.#location) {
      this.#core.stats.local++;
      this.#phase = Phase.ALONE;
      return false;
    }
    this.#core.register(this.#location.storeKey, this, this);
    const ready = this.#core.connection.isReady();
    if (ready === true || (await ready)) return true;
    if (!this.#hasEnded) this.#phase = Phase.ALONE;
    return false;
  }

  /** The result in the store, or {@link NOT_FOUND} if the function has to run. */
  async #find(): Promise<unknown> {
    const { storeKey, bytes: keyBytes } = this.#location as StoreLocation;
    const { connection, driver, leases, settings, changes } = this.#core;
    const { request } = this.#call;
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
        this.#core.stats.bytesIn += bytes.length;
        const value = readValue(bytes, keyBytes);
        seen = bytes.slice(0, STAMP_LENGTH);
        if (value) {
          const found = await this.#take(value);
          if (this.#isOutdated) continue;
          if (found !== NOT_FOUND || this.#phase === Phase.ALONE) return found;
        }
      }
      this.#throwIfCancelled();
      if (this.#hasEnded) return NOT_FOUND;
      // Before the run, and after a wait for another one.
      this.#snapshot = await this.bound.readSnapshot(request);
      this.#isOutdated = false;
      this.#currentAt = systemClock.read();
      const answer = await connection.run(() =>
        leases.acquire(storeKey, this.#token, settings.leaseMs, seen, takeOver),
      );
      if (answer === 0) {
        if (this.#hasEnded || flight.cancellation.aborted) {
          this.#release();
          this.#throwIfCancelled();
          return NOT_FOUND;
        }
        this.#lead();
        return NOT_FOUND;
      }
      if (typeof answer !== 'number') {
        bytes = answer;
        isRead = true;
        continue;
      }
      if (!this.#hasWaited) {
        this.#hasWaited = true;
        this.#core.stats.waits++;
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

  /** The result of a stored value; {@link NOT_FOUND} if the value is not usable. */
  async #take(value: StoredValue): Promise<unknown> {
    const call = this.#call;
    const core = this.#core;
    const { codec } = core.settings;
    const { settings } = this.bound.user.first;
    const validity = await this.bound.validate(value, call.request);
    if (!validity || this.#isOutdated) return NOT_FOUND;
    const { freshMs, tags } = validity;
    const isFresh = freshMs > 0;
    if (value.kind === 'x') {
      // Each process has its own result, for as long as this value is stored.
      if (!isFresh) return NOT_FOUND;
      this.#phase = Phase.ALONE;
      this.#storedToken = value.token;
      this.#leftMs = freshMs;
      return NOT_FOUND;
    }
    const { isBackground } = this.#flight;
    const isReturned = isFresh || (!isBackground && -freshMs <= settings.whileRevalidateMs);
    if (!isReturned && (isBackground || -freshMs > settings.ifErrorMs)) return NOT_FOUND;
    let result: unknown;
    try {
      if (value.kind === 'r') result = decodeResponse(value.payload);
      else if (value.kind === 'v' && validity.codec === codec.name)
        result = codec.decode(value.payload);
      else return NOT_FOUND;
    } catch (error) {
      core.fail(error);
      return NOT_FOUND;
    }
    this.#storedToken = value.token;
    const terms = { ttlMs: freshMs === Infinity ? 0 : freshMs, tags };
    if (isReturned) {
      call.own = terms;
      this.#startsRefresh = !isFresh;
      return result;
    }
    this.#keepStale(result, terms);
    return NOT_FOUND;
  }

  /** Puts a stale value into the first tier, so that it may replace a failure. */
  #keepStale(result: unknown, { ttlMs, tags }: TierTerms): void {
    const { first } = this.bound.user;
    const { key } = this.#call;
    if (first.entries.index.has(key) || !this.#flight.isAttached) return;
    const weight = first.weightOf(key, result);
    const location = this.#location as StoreLocation;
    const entry = new LocalCopy(this.bound, key, location, this.#storedToken, false);
    this.#core.register(location.storeKey, this.bound, entry);
    if (!this.#core.connection.watched) this.#core.dropAfter(this.#unverifiedMs, entry);
    first.put(key, result, ttlMs, PROMISE, tags, weight);
  }

  #lead(): void {
    const core = this.#core;
    this.#phase = Phase.LEADING;
    core.leaders.add(this);
    core.stats.misses++;
    this.#report('tier_miss');
    this.#renewLater();
  }

  #renewLater(): void {
    const { leaseMs } = this.#core.settings;
    this.#renewTimer?.clear();
    this.#renewTimer = startTimer(() => void this.#renew(), leaseMs / 3, true);
  }

  async #renew(): Promise<void> {
    const { storeKey } = this.#location as StoreLocation;
    const { connection, leases, settings } = this.#core;
    if (this.#phase !== Phase.LEADING) return;
    const sent = systemClock.read();
    try {
      const has = await connection.run(() => leases.renew(storeKey, this.#token, settings.leaseMs));
      if (this.#phase !== Phase.LEADING) return;
      if (!has) return this.#loseLease();
      this.#currentAt = sent;
      this.#renewLater();
    } catch {
      if (this.#phase === Phase.LEADING) this.#renewLater();
    }
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

  store(value: unknown, terms: TierTerms, commit: (ttlMs: number | undefined) => void): void {
    const { first } = this.bound.user;
    const phase = this.#phase;
    if (phase === Phase.LEADING || this.#settlePut) {
      this.#phase = Phase.STORING;
      this.#isOutdated = false;
      this.#renewTimer?.clear();
      void this.#core.track(this.#store(value, terms, commit));
    } else if (!this.#location) {
      this.#phase = Phase.ENDED;
      commit(terms.ttlMs);
    } else if (phase === Phase.DONE) {
      this.#commit(terms.ttlMs ?? first.ownTtl(), commit, false);
      if (this.#startsRefresh) this.bound.user.refresh(this.#call.again());
    } else if (phase === Phase.ALONE) {
      const left = this.#leftMs;
      const ttlMs = terms.ttlMs ?? first.ownTtl();
      if (left === undefined) this.#commit(ttlMs, commit, true);
      else {
        const lifeMs = Math.min(ttlMs || Infinity, left);
        // Where each change is heard of, the flight is detached by now.
        if (this.#core.connection.watched === true) this.#commit(lifeMs, commit, false);
        else {
          this.#phase = Phase.STORING;
          this.#isOutdated = false;
          void this.#core.track(this.#commitOwn(lifeMs, commit));
        }
      }
    } else {
      this.#flight.detach();
    }
  }

  /** How long a result may be kept whose changes nothing tells, in milliseconds. */
  get #unverifiedMs(): number {
    return this.#currentAt + this.#core.settings.maxStaleMs - systemClock.read();
  }

  /** Stores a result in the first tier. @param isUnknown nothing tells of its changes */
  #commit(
    ttlMs: number,
    commit: (ttlMs: number) => void,
    isUnknown: boolean,
  ): LocalCopy | undefined {
    const { connection } = this.#core;
    const { staleMs } = this.bound.user.first.entries;
    const bound = this.bound;
    const location = this.#location as StoreLocation;
    const isLimited = isUnknown || !connection.watched;
    const mostMs = isLimited ? this.#unverifiedMs : Infinity;
    if (mostMs <= 0) {
      this.#end();
      this.#flight.detach();
      return undefined;
    }
    this.#phase = Phase.ENDED;
    const entry = new LocalCopy(bound, this.#call.key, location, this.#storedToken, isUnknown);
    this.#core.register(location.storeKey, bound, entry);
    this.#core.unregister(location.storeKey, this);
    if (isLimited && staleMs > 0) this.#core.dropAfter(mostMs, entry);
    const lifeMs = Math.min(ttlMs || Infinity, mostMs);
    commit(lifeMs === Infinity ? 0 : lifeMs);
    return entry;
  }

  /** Keeps a result in this process only, unless its key was invalidated during the run. */
  async #commitOwn(lifeMs: number, commit: (ttlMs: number) => void): Promise<void> {
    const { storeKey, bytes: keyBytes } = this.#location as StoreLocation;
    const { connection, driver } = this.#core;
    let isCurrent: boolean | undefined;
    const sent = systemClock.read();
    try {
      const bytes = await connection.run(() => driver.get(storeKey));
      const value = bytes && readValue(bytes, keyBytes);
      const validity = value && (await this.bound.validate(value, this.#call.request));
      isCurrent = value?.token === this.#storedToken && Number(validity?.freshMs) > 0;
      if (isCurrent) this.#currentAt = sent;
    } catch {
      // The store did not answer: the result leaves after maxStale.
    }
    if (this.#phase !== Phase.STORING) return;
    if (isCurrent === false) {
      this.#end();
      this.#flight.detach();
      return;
    }
    const entry = this.#commit(lifeMs, commit, isCurrent === undefined);
    if (this.#isOutdated) entry?.changed();
  }

  async #store(
    value: unknown,
    terms: TierTerms,
    commit: (ttlMs: number | undefined) => void,
  ): Promise<void> {
    const core = this.#core;
    const { connection, leases } = core;
    const { first } = this.bound.user;
    const put = this.#settlePut;
    let isStored = false;
    let isCut = false;
    let left = 0;
    try {
      if (put) this.#location = await this.bound.locationOf(this.#call.key, this.#call.request);
      if (!this.#location) {
        this.#phase = Phase.ENDED;
        commit(terms.ttlMs);
        put?.();
        return;
      }
      const { storeKey } = this.#location;
      const ttlMs = terms.ttlMs ?? first.ownTtl();
      const { staleMs } = first.entries;
      const lifeMs = ttlMs === 0 ? 0 : Math.max(Math.ceil(ttlMs + staleMs), 1);
      const [kind, payload] = this.#encode(value);
      const stored = { kind, payload, ttlMs, tags: terms.tags };
      const until = connection.serverTime + ttlMs;
      if (put) isStored = await this.#put(stored, lifeMs);
      else {
        const bytes = await this.#write(stored, this.#snapshot as TokenSnapshot);
        const run = () => leases.store(storeKey, this.#token, bytes as Uint8Array, lifeMs);
        const sent = systemClock.read();
        isStored = bytes !== undefined && (await connection.run(run));
        if (isStored) {
          this.#currentAt = sent;
          // Without a flight, the first tier of this function keeps an old result.
          core.changedHere(storeKey, this.#hasEnded ? undefined : this.bound);
        } else core.stats.refused++;
        if (!bytes) this.#release();
      }
      left = ttlMs === 0 ? 0 : until - connection.serverTime || -1;
    } catch (error) {
      isCut = !put;
      // A lease that is not removed makes others wait.
      if (isCut) this.#release();
      if (connection.watched) this.#currentAt = Math.max(this.#currentAt, connection.coherentAt);
      left = terms.ttlMs ?? first.ownTtl();
      put?.(error);
    }
    core.leaders.delete(this);
    if (this.#phase !== Phase.STORING) return;
    this.#storedToken = this.#token;
    if (isStored || isCut) {
      const entry = this.#commit(left, commit, isCut);
      // With echoes, the change may be this one, or a later one by another process.
      if (this.#isOutdated) entry?.changed();
    } else {
      this.#end();
      this.#flight.detach();
    }
  }

  /** The bytes of a value; `undefined` if one of its tags was invalidated since the run began. */
  async #write(
    value: Encoded,
    snapshot: TokenSnapshot,
    run?: Run,
  ): Promise<Uint8Array | undefined> {
    const { connection, settings, stats } = this.#core;
    const { kind, payload, ttlMs, tags } = value;
    const meta = await this.bound.metaOf(settings.codec.name, snapshot, tags, run);
    if (meta === undefined) return undefined;
    const freshUntil = ttlMs === 0 ? Infinity : connection.serverTime + ttlMs;
    const staleUntil = freshUntil + this.bound.user.first.entries.staleMs;
    const header = { token: this.#token, freshUntil, staleUntil, kind, meta };
    const bytes = writeValue(header, (this.#location as StoreLocation).bytes, payload);
    stats.bytesOut += bytes.length;
    return bytes;
  }

  /** Stores a value of the user. Returns whether it is stored, and its changes will be heard of. */
  async #put(value: Encoded, lifeMs: number): Promise<boolean> {
    const { connection, driver } = this.#core;
    const { user } = this.bound;
    const { storeKey, bytes: keyBytes } = this.#location as StoreLocation;
    this.#core.register(storeKey, this, this);
    // Straight to the driver: this also runs before a new connection is ready.
    const direct: Run = async (operation) => operation();
    const write = async () => {
      const snapshot = await this.bound.readSnapshot(
        this.#call.request,
        value.tags ?? new Set(),
        direct,
      );
      const bytes = await this.#write(value, snapshot, direct);
      if (this.#isWithdrawn) return;
      if (bytes) await driver.set(storeKey, bytes, lifeMs);
      else await driver.delete(storeKey);
    };
    try {
      await this.#core.changes.make({
        key: storeKey,
        action: 'put',
        functionName: user.name,
        run: write,
        isLong: true,
      });
    } catch (error) {
      // A full store: the old value must not stay.
      const { cause } = error as Error;
      if (isFull(cause)) await connection.run(() => driver.delete(storeKey)).catch(() => {});
      throw error;
    } finally {
      this.#core.changedHere(storeKey, this.bound);
    }
    this.#settlePut?.();
    this.#currentAt = systemClock.read();
    const bytes = await connection.run(() => driver.get(storeKey));
    return (bytes && readValue(bytes, keyBytes))?.token === this.#token;
  }

  /** The bytes of a result; none if it has to stay in this process. */
  #encode(value: unknown): readonly [ValueKind, Uint8Array] {
    const { codec, maxValueBytes } = this.#core.settings;
    const { bodyOf } = this.bound.user;
    try {
      const body = bodyOf(value);
      const payload =
        body === undefined ? codec.encode(value) : encodeResponse(value as Response, body);
      if (!(payload instanceof Uint8Array)) throw new TypeError('the codec returned no Uint8Array');
      if (payload.length <= maxValueBytes) return [body === undefined ? 'v' : 'r', payload];
    } catch (error) {
      this.bound.warnUnstorable(error);
    }
    this.#core.stats.unstorable++;
    return ['x', new Uint8Array(0)];
  }

  /** Settles once a result of the user is stored. */
  put(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#settlePut = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  /** The flight was detached: nothing more is stored. */
  end(): void {
    const phase = this.#phase;
    if (phase === Phase.ENDED) return;
    this.#end();
    this.#isWithdrawn = phase === Phase.STORING && !this.#isDropping;
    if (phase === Phase.LEADING) this.#release();
    if (phase === Phase.LEADING && this.#hasLostLease) this.#core.stats.refused++;
    if (phase === Phase.READING && this.#settlePut) void this.#endPut();
  }

  #end(): void {
    this.#phase = Phase.ENDED;
    this.#renewTimer?.clear();
    this.#wake?.();
    this.#core.leaders.delete(this);
    if (this.#location) this.#core.unregister(this.#location.storeKey, this);
  }

  /** A result of the user is not to be stored. What it replaces goes all the same. */
  async #endPut(): Promise<void> {
    try {
      await this.bound.invalidate([this.#call.key], false);
      this.#settlePut?.();
    } catch (error) {
      this.#settlePut?.(error);
    }
  }

  #loseLease(): void {
    this.#hasLostLease = true;
    this.#flight.detach();
  }

  #release(): void {
    const { connection, leases } = this.#core;
    const { storeKey } = this.#location as StoreLocation;
    const released = connection.run(() => leases.release(storeKey, this.#token));
    void this.#core.track(released).catch(() => {});
  }

  changed(isSure = false): void {
    const phase = this.#phase;
    // A result of the user replaces whatever is stored.
    if (isSure && this.#settlePut) return;
    const { first } = this.bound.user;
    const { key } = this.#call;
    this.#isOutdated = true;
    if (phase === Phase.WAITING) this.#wake?.();
    if (!isSure && this.#core.connection.watched === 'echoes') return void this.#verify();
    if (phase === Phase.LEADING) this.#hasLostLease = true;
    const isWaiting = phase === Phase.READING || phase === Phase.WAITING;
    if (!isWaiting || first.entries.index.has(key)) this.drop();
  }

  /** Asks whether a change that was heard of is one of this process. */
  async #verify(): Promise<void> {
    const phase = this.#phase;
    if (phase === Phase.READING || phase === Phase.WAITING) return;
    const { storeKey, bytes: keyBytes } = this.#location as StoreLocation;
    const { connection, driver } = this.#core;
    try {
      if (phase === Phase.LEADING) {
        const { leases } = this.#core;
        const has = await connection.run(() => leases.renew(storeKey, this.#token, 0));
        if (!has && this.#phase === Phase.LEADING) this.#loseLease();
        return;
      }
      if (phase === Phase.STORING || this.#leftMs !== undefined) return;
      if (phase === Phase.ALONE) return this.drop();
      const bytes = await connection.run(() => driver.get(storeKey));
      const value = bytes && readValue(bytes, keyBytes);
      if (value?.token !== this.#storedToken) this.drop();
    } catch {
      this.drop();
    }
  }

  recheck(): void {
    const phase = this.#phase;
    if (phase === Phase.LEADING) void this.#renew();
    else if (phase === Phase.WAITING) this.#wake?.();
    else if (phase !== Phase.READING) this.drop();
  }

  expireUnverified(): void {
    if (this.#phase === Phase.DONE) this.drop();
  }

  drop(): void {
    this.#isDropping = true;
    this.bound.user.first.invalidate(this.#call.key);
    this.#isDropping = false;
  }

  /** Whether the flight has no use for a lease. */
  get #hasEnded(): boolean {
    return this.#phase === Phase.ENDED;
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
