import type { StoreLocation } from './bound-function.ts';
import { Connection } from './connection.ts';
import type { Driver, Leases } from './driver.ts';
import { readValue, type StoredValue } from './envelope.ts';
import { type ChangedPart, LocalCopies } from './local-copies.ts';
import { type Change, PendingChanges } from './pending-changes.ts';
import { TagTokens } from './tag-tokens.ts';
import type { TierSettings } from './tier-options.ts';
import { TierUsers } from './tier-users.ts';
import { UnderWay } from './under-way.ts';
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

/** What a tier consists of. */
export class TierCore {
  readonly driver: Driver;
  readonly leases: Leases;
  readonly settings: TierSettings;
  readonly connection: Connection;
  readonly changes: PendingChanges;
  readonly copies = new LocalCopies();
  readonly tokens: TagTokens;
  /** The functions, by name. */
  readonly functions = new Map<string, object>();
  readonly users = new TierUsers();
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
  readonly underWay = new UnderWay();
  /** The sessions that have a lease. */
  readonly leaders = new Set<{ end(): void }>();
  readonly #report: (type: 'tier_error' | 'tier_lost' | 'tier_back', error?: unknown) => void;
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
      changed: (key, part) => this.#changed(key, part),
      lost: (error) => {
        this.tokens.changed(undefined);
        this.#wasLost = true;
        report('tier_lost', error);
      },
      flush: () => this.changes.flush(),
      ready: () => {
        const { connection } = this;
        if (!settings.hasMaxStale) settings.maxStaleMs = connection.watched ? 5_000 : 1_000;
        for (const entry of this.copies.all()) entry.recheck();
        if (this.#wasLost) report('tier_back');
        this.#wasLost = false;
      },
      outdated: () => {
        for (const entry of this.copies.all()) entry.expireUnverified();
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

  /** The value in the store at a location; `undefined` if there is none of its key. Rejects if the store does not answer. */
  async readStored({ storeKey, bytes: key }: StoreLocation): Promise<StoredValue | undefined> {
    const bytes = await this.connection.run(() => this.driver.get(storeKey));
    return bytes && readValue(bytes, key);
  }

  /** Notes that something is under way. */
  track<T>(promise: Promise<T>): Promise<T> {
    const end = () => this.underWay.end();
    this.underWay.start();
    promise.then(end, end);
    return promise;
  }

  #changed(key: string | undefined, part: ChangedPart): void {
    if (key === undefined) {
      this.tokens.changed(undefined);
      for (const entry of this.copies.all()) entry.changed(true);
    } else if (this.tokens.owns(key)) this.tokens.changed(key);
    else for (const entry of this.copies.of(key)) entry.changed(false, part);
  }

  /** Invalidates the tags with these keys, or expires them. */
  async endTags(
    epoch: string,
    keys: readonly string[],
    keepsStale: boolean,
    details: Pick<Change, 'functionName' | 'clearing'>,
  ): Promise<void> {
    const { driver, tokens } = this;
    const forget = () => {
      for (const key of [epoch, ...keys]) tokens.changedHere(key);
    };
    if (!keepsStale) forget();
    const action = keepsStale ? 'expireTag' : 'invalidateTag';
    const change = (key: string, isFirst: boolean) => {
      const isLong = keepsStale && !isFirst;
      const run = () => (isLong ? tokens.expire(key) : driver.delete(key));
      return this.changes.make({ ...details, key, action, run, isLong, isFirst });
    };
    // The epoch first: a process that reads a changed tag must also see the new epoch.
    const results = await Promise.allSettled([change(epoch, true)]);
    results.push(...(await Promise.allSettled(keys.map((key) => change(key, false)))));
    if (keepsStale) {
      // With the old token, later results whose tags come from a function would be refused.
      tokens.forget(epoch);
      for (const key of keys) {
        tokens.expiredHere(key);
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
    const ended = new Set(tags);
    this.users.endTagged(ended, keepsStale);
    try {
      await this.endTags(epoch, keys, keepsStale, { functionName: 'tier' });
    } finally {
      // A flight may have read a value before its tag was expired.
      if (keepsStale) this.users.endTagged(ended, true);
    }
  }

  /** Ends the tier: what is under way settles, at most after `timeout`. */
  async close(): Promise<void> {
    const { leaders, underWay, connection } = this;
    for (const leader of [...leaders]) leader.end();
    await connection.close(underWay.settled());
    this.changes.clear();
    this.copies.close();
    for (const entry of this.copies.all()) entry.expireUnverified();
  }

  /** The key of a tag in the store: of one function, or of all. */
  tagKey(start: string, ...parts: readonly unknown[]): string | Promise<string> {
    const hash = hashText(keyBytes('tag', ...parts));
    // Servers hash only the part in braces, so that a key and its lease are in one slot of a cluster.
    const named = (text: string) => `${start}#{${text}}`;
    return typeof hash === 'string' ? named(hash) : hash.then(named);
  }
}
