import { TierError } from '../errors/tier-error.ts';
import { systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import { Connection, isFull } from './connection.ts';
import type { Awaitable, Driver, Leases } from './driver.ts';
import { TagTokens } from './tag-tokens.ts';
import type { TierSettings } from './tier-options.ts';
import { hashText, keyBytes } from './value-name.ts';

/** The counters of a tier since it was made. */
export interface TierStats {
  /** Results that the store had. */
  readonly hits: number;
  /** Runs of functions, as the store had no result. */
  readonly misses: number;
  /** Flights that waited for a run in another process. */
  readonly waits: number;
  /** Results that were not stored: their key had been invalidated, or they took longer than their lease. */
  readonly refused: number;
  /** Failed operations. */
  readonly errors: number;
  /** Calls whose key means nothing in another process, is secret, or is too long. */
  readonly local: number;
  /** Results that could not be encoded, or were too large. */
  readonly unstorable: number;
  /** Bytes of values that were read. */
  readonly bytesIn: number;
  /** Bytes of values that were written. */
  readonly bytesOut: number;
}

/** A key of the store that this process knows in the first tier of a function. */
export interface Registered {
  /** Its value or its lease may have changed by another process. */
  changed(): void;
  /** A connection is there again: what was not heard of meanwhile? */
  recheck(): void;
  /** For `maxStale`, no change could be heard of. */
  expireUnverified(): void;
  /** Removes what the first tier has. */
  drop(): void;
  /** Whether the first tier still has an entry or a flight. */
  isPresent(): boolean;
}

/** A change that has not reached the store. */
interface Pending {
  run(): Awaitable<unknown>;
  /** Whether it takes several trips, so that later changes have to wait for it. */
  readonly isLong: boolean;
}

/** What a tier consists of. */
export class TierCore {
  readonly driver: Driver;
  readonly leases: Leases;
  readonly settings: TierSettings;
  readonly connection: Connection;
  readonly tokens: TagTokens;
  /** The functions, by name. */
  readonly functions = new Map<string, object>();
  readonly stats: { -readonly [K in keyof TierStats]: number } = {
    hits: 0,
    misses: 0,
    waits: 0,
    refused: 0,
    errors: 0,
    local: 0,
    unstorable: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
  /** What is under way, for the end of the tier. */
  readonly underWay = new Set<Promise<unknown>>();
  /** The sessions that have a lease. */
  readonly leaders = new Set<{ end(): void }>();
  readonly #registered = new Map<string, Map<object, Registered>>();
  #pruneAt = 64;
  #size = 0;
  readonly #pending = new Map<string, Pending>();
  readonly #report: (type: 'tier_error' | 'tier_lost' | 'tier_back', error?: unknown) => void;
  /** Entries to drop `maxStale` after they were stored, the oldest first. */
  readonly #dropQueue: { readonly at: number; readonly entry: Registered }[] = [];
  #dropTimer: Timer | undefined;
  #wasLost = false;

  constructor(
    driver: Driver,
    leases: Leases,
    settings: TierSettings,
    report: (type: 'tier_error' | 'tier_lost' | 'tier_back', error?: unknown) => void,
  ) {
    this.driver = driver;
    this.leases = leases;
    this.settings = settings;
    this.#report = report;
    this.connection = new Connection(driver, settings, {
      changed: (key) => this.#changed(key),
      lost: (error) => {
        this.tokens.changed(undefined);
        this.#wasLost = true;
        report('tier_lost', error);
      },
      flush: () => this.#flush(),
      ready: () => {
        const { connection } = this;
        if (!settings.hasMaxStale) settings.maxStaleMs = connection.watched ? 5_000 : 1_000;
        for (const entry of this.#all()) entry.recheck();
        if (this.#wasLost) report('tier_back');
        this.#wasLost = false;
      },
      outdated: () => {
        for (const entry of this.#all()) entry.expireUnverified();
      },
      failed: (error) => {
        if (this.connection.state !== 'closed') this.fail(error);
      },
    });
    this.tokens = new TagTokens(driver, this.connection);
  }

  fail(error: unknown): void {
    this.stats.errors++;
    this.#report('tier_error', error);
  }

  /** Notes that something is under way. */
  track<T>(promise: Promise<T>): Promise<T> {
    const end = () => {
      this.underWay.delete(settled);
    };
    const settled: Promise<void> = promise.then(end, end);
    this.underWay.add(settled);
    return promise;
  }

  /** @param owner has one entry at most for a key */
  register(key: string, owner: object, entry: Registered): void {
    let entries = this.#registered.get(key);
    if (!entries) {
      entries = new Map();
      this.#registered.set(key, entries);
    }
    if (!entries.has(owner)) this.#size++;
    entries.set(owner, entry);
    if (this.#size >= this.#pruneAt) this.#prune(entry);
  }

  unregister(key: string, owner: object): void {
    const entries = this.#registered.get(key);
    if (!entries?.delete(owner)) return;
    this.#size--;
    if (entries.size === 0) this.#registered.delete(key);
  }

  isRegistered(key: string, entry: Registered): boolean {
    for (const other of this.#registered.get(key)?.values() ?? []) if (other === entry) return true;
    return false;
  }

  /** The first tier does not report evictions: dropped entries are unregistered in batches. */
  #prune(latest: Registered): void {
    for (const [key, entries] of this.#registered) {
      for (const [owner, entry] of entries) {
        if (entry !== latest && !entry.isPresent()) this.unregister(key, owner);
      }
    }
    this.#pruneAt = 2 * this.#size + 64;
  }

  *#all(): Generator<Registered> {
    for (const entries of [...this.#registered.values()]) yield* [...entries.values()];
  }

  #changed(key: string | undefined): void {
    if (key === undefined) {
      this.tokens.changed(undefined);
      for (const entry of this.#all()) entry.changed();
    } else if (this.tokens.owns(key)) this.tokens.changed(key);
    else for (const entry of [...(this.#registered.get(key)?.values() ?? [])]) entry.changed();
  }

  /** Removes an entry from the first tier `maxStale` from now, as nothing tells whether it changes. */
  dropAfterMaxStale(entry: Registered): void {
    const at = systemClock.read() + this.settings.maxStaleMs;
    this.#dropQueue.push({ at, entry });
    this.#dropTimer ??= startTimer(() => this.#dropDue(), this.settings.maxStaleMs, true);
  }

  #dropDue(): void {
    this.#dropTimer = undefined;
    const now = systemClock.read();
    let count = 0;
    for (const { at, entry } of this.#dropQueue) {
      if (at > now) break;
      count++;
      entry.drop();
    }
    this.#dropQueue.splice(0, count);
    const [next] = this.#dropQueue;
    if (next) this.#dropTimer = startTimer(() => this.#dropDue(), next.at - now, true);
  }

  /**
   * Changes the store. Rejects with a {@link TierError} if that fails; then it is done again as soon as there is a connection.
   * @param id replaces an earlier change of this id that has not been made
   */
  async change(
    id: string,
    action: string,
    functionName: string,
    run: () => Awaitable<unknown>,
    isLong = false,
  ): Promise<unknown> {
    const { connection } = this;
    let isReady = false;
    try {
      isReady = await connection.isReady(true);
      if (!isReady) throw new Error('there is no connection');
      return await connection.run(run);
    } catch (cause) {
      if (!isFull(cause) && connection.state !== 'closed') {
        this.#pending.delete(id);
        this.#pending.set(id, { run, isLong });
        // An opening that takes longer goes on, and sends the change.
        if (isReady) connection.lose(cause);
      }
      throw new TierError(action, { functionName, cause });
    }
  }

  /** Invalidates the tags with these keys, or expires them. */
  async endTags(
    epoch: string,
    keys: readonly string[],
    action: string,
    functionName: string,
    keepsStale: boolean,
  ): Promise<void> {
    const { driver, tokens } = this;
    const forget = () => {
      for (const key of [epoch, ...keys]) tokens.changedHere(key);
    };
    if (!keepsStale) forget();
    // The epoch first: a process that reads a changed tag must also see the new epoch.
    const changes = [epoch, ...keys].map((key) => {
      const isExpiry = keepsStale && key !== epoch;
      const run = () => (isExpiry ? tokens.expire(key) : driver.delete(key));
      return this.change(key, action, functionName, run, isExpiry);
    });
    const results = await Promise.allSettled(changes);
    if (keepsStale) {
      for (const key of keys) {
        tokens.forget(key);
        // Reading the record subscribes to its changes.
        if (this.connection.state === 'ready') Promise.resolve(tokens.read(key)).catch(() => {});
      }
    } else forget();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Invalidates tags for all functions, or expires them. */
  async endAllTags(tags: readonly string[], keepsStale: boolean): Promise<void> {
    const epoch = await this.tagKey('', 'epoch');
    const keys = await Promise.all(tags.map((tag) => this.tagKey('', 'all', tag)));
    const action = keepsStale ? 'expireTag' : 'invalidateTag';
    await this.endTags(epoch, keys, action, 'tier', keepsStale);
    if (keepsStale) for (const key of keys) this.tokens.changedHere(key);
  }

  /** Ends the tier: what is under way settles, at most after `timeout`. */
  async close(): Promise<void> {
    const { leaders, underWay, connection } = this;
    for (const leader of [...leaders]) leader.end();
    await connection.close(Promise.all([...underWay]));
    this.#pending.clear();
    this.#dropTimer?.clear();
    for (const entry of this.#all()) entry.expireUnverified();
  }

  async #flush(): Promise<void> {
    const { connection } = this;
    while (this.#pending.size > 0) {
      const done: Promise<void>[] = [];
      for (const [id, pending] of [...this.#pending]) {
        if (pending.isLong) await Promise.all(done);
        const run = () => connection.prepare(pending.run);
        // The store may refuse the value each time. The old one must not stay; this fails if the connection is lost.
        const remove = () => connection.prepare(() => this.driver.delete(id));
        const made = (pending.isLong ? run().catch(remove) : run()).then(() => {
          if (this.#pending.get(id) === pending) this.#pending.delete(id);
        });
        made.catch(() => {});
        done.push(made);
        if (pending.isLong || done.length % 500 === 0) await made;
      }
      await Promise.all(done);
    }
  }

  /** The key of a tag in the store: of one function, or of all. */
  tagKey(start: string, ...parts: readonly unknown[]): string | Promise<string> {
    const hash = hashText(keyBytes('tag', ...parts));
    return typeof hash === 'string' ? `${start}#${hash}` : hash.then((text) => `${start}#${text}`);
  }
}
