import { warn } from '../events/warn.ts';
import { portableText } from '../keys/portable-key.ts';
import { LIFE_MARGIN_MS } from './encoded-result.ts';
import { expireValue, freshnessOf, readValue, stampOf } from './envelope.ts';
import { FunctionTokens } from './function-tokens.ts';
import type { Change } from './pending-changes.ts';
import { PutSession } from './put-session.ts';
import type { BoundTier, TierCall, TierFlight, TierUser } from './seam.ts';
import { Session } from './session.ts';
import type { TierCore } from './tier-core.ts';
import { hashText, keyBytes, label, newToken } from './value-name.ts';

/** Longer keys stay in the first tier, in bytes. */
const MAX_KEY_BYTES = 16_384;
/** Maximum number of locations that are kept, and the largest key of one, in bytes. */
const MAX_KNOWN = 1_000;
const MAX_KNOWN_BYTES = 512;
/** Headers that a key must not carry into the store. */
const SECRET = /^(?:proxy-)?authorization$|^cookie$/;

/** The location of a result in the store. */
export interface StoreLocation {
  readonly storeKey: string;
  /** The full key. */
  readonly bytes: Uint8Array;
}

/** A function in a tier. */
export class BoundFunction implements BoundTier {
  readonly core: TierCore;
  readonly user: TierUser;
  readonly tokens: FunctionTokens;
  /** Settles once the changes that were asked for are under way; absent where keys are hashed at once. */
  locating: Promise<unknown> | undefined;
  /** What each change of this function has: its name, and the change that removes all its results. */
  readonly details: Pick<Change, 'functionName' | 'clearing'>;
  readonly #label: string;
  /** Locations by key, for short keys; emptied when full. A hash takes longer than all else that a call does before its trip. */
  readonly #locations = new Map<unknown, StoreLocation>();
  #hasWarnedUnstorable = false;
  #hasWarnedLocal = false;

  constructor(core: TierCore, user: TierUser) {
    this.core = core;
    this.user = user;
    this.#label = `${label(user.name)}:`;
    this.tokens = new FunctionTokens(core, user, this.#label);
    const functionName = user.name;
    const clearing = {
      key: `clear ${functionName}`,
      action: 'clear',
      functionName,
      run: async () => core.driver.delete(await this.tokens.keyOf('scope')),
    };
    this.details = { functionName, clearing };
  }

  run(call: TierCall, flight: TierFlight, next: () => unknown): Promise<unknown> {
    return new Session(this, call, flight).run(next);
  }

  startPut(call: TierCall, flight: TierFlight): Promise<void> {
    return markHandled(this.core.track(new PutSession(this, call, flight).done));
  }

  /** The location of a call's result; `undefined` if it stays in the first tier. */
  locationOf(
    key: unknown,
    request?: TierCall['request'],
  ): StoreLocation | undefined | Promise<StoreLocation> {
    const { name, version, isCustom, isScoped } = this.user;
    if (request && hasSecret(request.keyParts()[2])) return undefined;
    const known = this.#locations.get(key);
    if (known) return known;
    const text = portableText(key, isCustom, isScoped);
    if (text === undefined) {
      this.#warnLocal();
      return undefined;
    }
    if (text.length > MAX_KEY_BYTES) return undefined;
    const bytes = keyBytes(name, version, text);
    if (bytes.length > MAX_KEY_BYTES) return undefined;
    const locate = (hash: string) => {
      const location = { storeKey: `${this.#label}{${hash}}`, bytes };
      if (bytes.length <= MAX_KNOWN_BYTES) {
        if (this.#locations.size === MAX_KNOWN) this.#locations.clear();
        this.#locations.set(key, location);
      }
      return location;
    };
    const hash = hashText(bytes);
    return typeof hash === 'string' ? locate(hash) : hash.then(locate);
  }

  invalidate(keys: readonly unknown[], wasFresh: boolean): Promise<boolean> {
    return markHandled(this.#changeAll('invalidate', keys, wasFresh));
  }

  expire(keys: readonly unknown[], wasFresh: boolean): Promise<boolean> {
    return markHandled(this.#changeAll('expire', keys, wasFresh));
  }

  async #changeAll(
    action: 'invalidate' | 'expire',
    keys: readonly unknown[],
    wasFresh: boolean,
  ): Promise<boolean> {
    const { core, user } = this;
    const { driver } = core;
    const keepsStale = action === 'expire' && user.first.entries.staleMs > 0;
    const changes = await Promise.allSettled(
      [...new Set(keys)].map(async (key) => {
        // A call that follows at once has to find the change under way.
        const located = this.locationOf(key);
        if (located instanceof Promise) this.locating = Promise.all([this.locating, located]);
        const location = located instanceof Promise ? await located : located;
        if (!location) return false;
        const { storeKey } = location;
        const run = async () => {
          if (keepsStale) return this.#expireValue(location);
          const start = await driver.delete(storeKey);
          return start !== undefined && freshnessOf(start) > core.connection.serverTime;
        };
        try {
          return await core.changes.make({
            ...this.details,
            key: storeKey,
            action,
            run,
            isLong: keepsStale,
          });
        } finally {
          core.copies.changedHere(storeKey, this);
        }
      }),
    );
    // A flight may have read the value before it was expired.
    if (keepsStale) for (const key of keys) user.first.expire(key);
    for (const change of changes) if (change.status === 'rejected') throw change.reason;
    return wasFresh || changes.some((change) => (change as { value?: unknown }).value === true);
  }

  /** Makes a stored value stale, and ends the lease of its key. */
  async #expireValue({ storeKey, bytes }: StoreLocation): Promise<boolean> {
    const { driver, connection } = this.core;
    for (let attempt = 0; attempt < 3; attempt++) {
      const stored = await driver.get(storeKey);
      const value = stored && readValue(stored, bytes);
      if (!stored || !value) break;
      const { serverTime } = connection;
      const isFresh = value.freshUntil > serverTime;
      const staleUntil = isFresh ? serverTime + this.user.first.entries.staleMs : value.staleUntil;
      const lifeMs = Math.ceil(staleUntil - serverTime);
      if (lifeMs <= 0) break;
      // Processes that know the server's time better must not find it fresh.
      const freshUntil = Math.min(value.freshUntil, connection.earliestServerTime - 1);
      const expired = expireValue(stored, newToken(), freshUntil, staleUntil);
      if (await driver.replace(storeKey, stampOf(stored), expired, lifeMs + LIFE_MARGIN_MS))
        return isFresh;
    }
    await driver.delete(storeKey);
    return false;
  }

  endTagged(tags: ReadonlySet<string>, keepsStale: boolean, count: number): Promise<number> {
    const end = async () => {
      const epoch = await this.tokens.keyOf('epoch');
      const keys = await Promise.all(
        [...tags].map(async (tag) => (await this.tokens.tagKeysOf(tag))[0]),
      );
      try {
        await this.core.endTags(epoch, keys, keepsStale, this.details);
      } finally {
        // A flight may have read a value before its tag was expired.
        const { first, owns } = this.user;
        if (keepsStale) first.endTagged(tags, true, owns);
      }
      return count;
    };
    return markHandled(end());
  }

  clear(): Promise<void> {
    const clear = async () => {
      const { core, user } = this;
      const key = await this.tokens.keyOf('scope');
      core.tokens.changedHere(key);
      const run = () => core.driver.delete(key);
      await core.changes.make({ key, action: 'clear', functionName: user.name, run });
      core.tokens.changedHere(key);
    };
    return markHandled(clear());
  }

  invalidateUrl(url: string): void {
    const invalidate = async () => {
      const { core } = this;
      const key = await this.tokens.keyOf('url', url);
      const run = () => core.driver.delete(key);
      await core.changes.make({ ...this.details, key, action: 'invalidate', run });
      core.tokens.changedHere(key);
    };
    void markHandled(invalidate());
  }

  /** Warns once that results are not shared. */
  #warnLocal(): void {
    if (this.#hasWarnedLocal) return;
    this.#hasWarnedLocal = true;
    const { name, isCustom } = this.user;
    const reason = isCustom
      ? 'cache.key returns a key that means nothing in another process; return a string or a number'
      : 'their `this` or an argument counts by identity; call without `this`, or set cache.key';
    warn(`Calls of ${name} do not use the second tier`, reason);
  }

  /** Warns once that results cannot be stored in the tier. */
  warnUnstorable(error: unknown): void {
    if (this.#hasWarnedUnstorable) return;
    this.#hasWarnedUnstorable = true;
    warn(`A result of ${this.user.name} could not be stored in the second tier`, error);
  }
}

/** Marks the rejection as handled. */
function markHandled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function hasSecret(headers: unknown): boolean {
  return Array.isArray(headers) && headers.some(([name]) => SECRET.test(name));
}
