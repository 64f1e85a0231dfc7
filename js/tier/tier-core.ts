import { systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import { Connection } from './connection.ts';
import type { Driver, Leases } from './driver.ts';
import { PendingChanges } from './pending-changes.ts';
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
  /** The function. */
  readonly bound: object;
  /**
   * Its value or its lease may have been changed by another process.
   * @param isSure it was changed by another function in this process, which the store may not tell
   */
  changed(isSure?: boolean): void;
  /** A connection is there again: what was not heard of meanwhile? */
  recheck(): void;
  /** For `maxStale`, no change could be heard of. */
  expireUnverified(): void;
  /** Removes what the first tier has. */
  drop(): void;
  /** Whether the first tier still has an entry or a flight. */
  isPresent(): boolean;
}

/** What a tier consists of. */
export class TierCore {
  readonly driver: Driver;
  readonly leases: Leases;
  readonly settings: TierSettings;
  readonly connection: Connection;
  readonly changes: PendingChanges;
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
  readonly #report: (type: 'tier_error' | 'tier_lost' | 'tier_back', error?: unknown) => void;
  /** Entries to drop, the next one first. */
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
      flush: () => this.changes.flush(),
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
    this.changes = new PendingChanges(driver, this.connection);
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
      for (const entry of this.#all()) entry.changed(true);
    } else if (this.tokens.owns(key)) this.tokens.changed(key);
    else for (const entry of [...(this.#registered.get(key)?.values() ?? [])]) entry.changed();
  }

  /** A function of this process has changed a key. The copies of other ones, which may have the same name, are outdated. */
  changedHere(key: string, bound: object | undefined): void {
    for (const entry of [...(this.#registered.get(key)?.values() ?? [])]) {
      if (entry.bound !== bound) entry.changed(true);
    }
  }

  /**
   * Removes an entry from the first tier when it is no longer known to be current, as nothing tells whether it changes.
   * @param leftMs from now
   */
  dropAfter(leftMs: number, entry: Registered): void {
    const at = systemClock.read() + leftMs;
    const queue = this.#dropQueue;
    let index = queue.length;
    while (index > 0 && (queue[index - 1] as { at: number }).at > at) index--;
    queue.splice(index, 0, { at, entry });
    if (index === 0) this.#dropLater(leftMs);
  }

  #dropLater(milliseconds: number): void {
    this.#dropTimer?.clear();
    this.#dropTimer = startTimer(() => this.#dropDue(), milliseconds, true);
  }

  #dropDue(): void {
    const now = systemClock.read();
    const queue = this.#dropQueue;
    const index = queue.findIndex(({ at }) => at > now);
    const due = queue.splice(0, index < 0 ? queue.length : index);
    for (const { entry } of due) entry.drop();
    const [next] = queue;
    if (next) this.#dropLater(next.at - now);
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
    const change = (key: string, isFirst: boolean) => {
      const isLong = keepsStale && !isFirst;
      const run = () => (isLong ? tokens.expire(key) : driver.delete(key));
      return this.changes.make({ key, action, functionName, run, isLong, isFirst });
    };
    // The epoch first: a process that reads a changed tag must also see the new epoch.
    const results = await Promise.allSettled([change(epoch, true)]);
    results.push(...(await Promise.allSettled(keys.map((key) => change(key, false)))));
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
    this.changes.clear();
    this.#dropTimer?.clear();
    for (const entry of this.#all()) entry.expireUnverified();
  }

  /** The key of a tag in the store: of one function, or of all. */
  tagKey(start: string, ...parts: readonly unknown[]): string | Promise<string> {
    const hash = hashText(keyBytes('tag', ...parts));
    return typeof hash === 'string' ? `${start}#${hash}` : hash.then((text) => `${start}#${text}`);
  }
}
