import { warn } from '../events/warn.ts';
import { portableText } from '../keys/portable-key.ts';
import { expireValue, freshnessOf, readValue, type StoredValue } from './envelope.ts';
import { PutSession } from './put-session.ts';
import type { BoundTier, TierCall, TierFlight, TierUser } from './seam.ts';
import { Session } from './session.ts';
import { compareTokens, type Run } from './tag-tokens.ts';
import type { TierCore } from './tier-core.ts';
import { hashText, keyBytes, label, newToken } from './value-name.ts';

/** Longer keys stay in the first tier, in bytes. */
const MAX_KEY_BYTES = 16_384;
/** Headers that a key must not carry into the store. */
const SECRET = /^(?:proxy-)?authorization$|^cookie$/;

/** The location of a result in the store. */
export interface StoreLocation {
  readonly storeKey: string;
  /** The full key. */
  readonly bytes: Uint8Array;
}

/** A tag with the tokens of its two records: that of the function, and that of all functions. */
type TagTokenPair = [tag: string, own: string, all: string];

/** What a value says of its codec and its tags. */
type Meta = [codec: string, scope: string, tags: TagTokenPair[], url?: string];

/** The tokens that a result is stored with, from before the run. */
export interface TokenSnapshot {
  readonly scope: string;
  /** The tokens of the tags that are known; by tag. */
  readonly tags: ReadonlyMap<string, TagTokenPair>;
  readonly url: string | undefined;
  /** The tokens that are different after any tag was invalidated; absent if all tags are known. */
  readonly epochs: string | undefined;
}

/** The validity of a stored value that may be used. */
export interface Validity {
  /** The milliseconds that are left of its freshness, `Infinity`: forever; below 0 it is stale. */
  readonly freshMs: number;
  readonly codec: string;
  readonly tags: ReadonlySet<string> | undefined;
}

/** A function in a tier. */
export class BoundFunction implements BoundTier {
  readonly core: TierCore;
  readonly user: TierUser;
  readonly #label: string;
  readonly #tagKeys = new Map<string, readonly [own: string, all: string]>();
  #scopeKey: string | undefined;
  #epochKeys: readonly [own: string, all: string] | undefined;
  #lastMeta: readonly [text: string, meta: Meta] | undefined;
  #hasWarned = false;

  constructor(core: TierCore, user: TierUser) {
    this.core = core;
    this.user = user;
    this.#label = `${label(user.name)}:`;
  }

  run(call: TierCall, flight: TierFlight, next: () => unknown): Promise<unknown> {
    return this.core.track(new Session(this, call, flight).run(next));
  }

  startPut(call: TierCall, flight: TierFlight): Promise<void> {
    return markHandled(this.core.track(new PutSession(this, call, flight).done));
  }

  /** The location of a call's result; `undefined` if it stays in the first tier. */
  async locationOf(
    key: unknown,
    request?: TierCall['request'],
  ): Promise<StoreLocation | undefined> {
    const { name, version, isCustom, isScoped } = this.user;
    if (request && hasSecret(request.keyParts()[2])) return undefined;
    const text = portableText(key, isCustom, isScoped);
    if (text === undefined || text.length > MAX_KEY_BYTES) return undefined;
    const bytes = keyBytes(name, version, text);
    if (bytes.length > MAX_KEY_BYTES) return undefined;
    const hash = hashText(bytes);
    const hashed = typeof hash === 'string' ? hash : await hash;
    return { storeKey: `${this.#label}{${hashed}}`, bytes };
  }

  /** Reads the tokens for a run that is about to start. @param tags those that its result is known to have, or a function */
  async readSnapshot(
    request: TierCall['request'],
    tags: TierUser['tags'] = this.user.tags,
    run?: Run,
  ): Promise<TokenSnapshot> {
    const isKnown = typeof tags !== 'function';
    const [scope, url, epochs] = await Promise.all([
      this.#scope(run),
      request && this.#urlToken(request.url, run),
      isKnown ? undefined : this.#epochs(run),
    ]);
    const known = await this.#readTagTokens((isKnown && tags) || [], run);
    return { scope, tags: known, url, epochs };
  }

  /** The text that a result with these tags is stored with; `undefined` if one may have been invalidated since. */
  async metaOf(
    codec: string,
    snapshot: TokenSnapshot,
    tags: ReadonlySet<string> | undefined,
    run?: Run,
  ): Promise<string | undefined> {
    if (!(await this.#tokensAreUnchanged(snapshot, run))) return undefined;
    const missing = [...(tags ?? [])].filter((tag) => !snapshot.tags.has(tag));
    const found = await this.#readTagTokens(missing, run);
    // Read last: an invalidation changes these first.
    if (missing.length > 0 && snapshot.epochs !== (await this.#epochs(run, true))) return undefined;
    const all = [...(tags ?? [])].map(
      (tag) => (snapshot.tags.get(tag) ?? found.get(tag)) as TagTokenPair,
    );
    const meta: Meta = [codec, snapshot.scope, all];
    if (snapshot.url) meta.push(snapshot.url);
    return ascii(JSON.stringify(meta));
  }

  /** Whether the tokens are the same as before the run. Where changes are heard of, this takes no trip. */
  async #tokensAreUnchanged(snapshot: TokenSnapshot, run?: Run): Promise<boolean> {
    const { tokens, connection } = this.core;
    if (connection.watched !== true) {
      const keys = await Promise.all([...snapshot.tags.keys()].map((tag) => this.#tagKeysOf(tag)));
      for (const key of [this.#scopeKey as string, ...keys.flat()]) tokens.forget(key);
    }
    const [scope, current] = await Promise.all([
      this.#scope(run),
      this.#readTagTokens(snapshot.tags.keys(), run),
    ]);
    return (
      scope === snapshot.scope &&
      [...snapshot.tags].every(([tag, pair]) => String(current.get(tag)) === String(pair))
    );
  }

  /** Whether a stored value is fresh, stale or invalid (`undefined`). */
  async validate(value: StoredValue, request: TierCall['request']): Promise<Validity | undefined> {
    const meta = this.#parse(value.meta);
    if (!meta) return undefined;
    const [codec, scope, pairs, url] = meta;
    let isExpired = false;
    const differs = (stored: string, current: string) => {
      const comparison = compareTokens(stored, current);
      isExpired ||= comparison === 'expired';
      return comparison === 'invalidated';
    };
    const now = this.#scope();
    if (differs(scope, typeof now === 'string' ? now : await now)) return undefined;
    if (request && differs(url ?? '', await this.#urlToken(request.url))) return undefined;
    if (pairs.length > 0) {
      const current = await this.#readTagTokens(pairs.map(([tag]) => tag));
      for (const [tag, own, all] of pairs) {
        const pair = current.get(tag) as TagTokenPair;
        if (differs(own, pair[1]) || differs(all, pair[2])) return undefined;
      }
    }
    const { serverTime } = this.core.connection;
    if (value.staleUntil <= serverTime) return undefined;
    const left = value.freshUntil === Infinity ? Infinity : value.freshUntil - serverTime;
    const tags = pairs.length > 0 ? new Set(pairs.map(([tag]) => tag)) : undefined;
    // Its windows count from now, as nothing tells when it expired.
    return { freshMs: (isExpired ? Math.min(left, -0.001) : left) || -0.001, codec, tags };
  }

  #parse(text: string): Meta | undefined {
    if (this.#lastMeta?.[0] === text) return this.#lastMeta[1];
    try {
      const meta = JSON.parse(text) as Meta;
      const [codec, scope, tags, url = ''] = meta;
      const isPair = (pair: unknown) =>
        Array.isArray(pair) && pair.length === 3 && pair.every((part) => typeof part === 'string');
      if (
        typeof codec !== 'string' ||
        typeof scope !== 'string' ||
        typeof url !== 'string' ||
        !tags.every(isPair)
      ) {
        return undefined;
      }
      this.#lastMeta = [text, meta];
      return meta;
    } catch {
      return undefined;
    }
  }

  #scope(run?: Run): string | Promise<string> {
    const { tokens } = this.core;
    if (this.#scopeKey !== undefined) return tokens.read(this.#scopeKey, run);
    return this.#keyOf('scope').then((key) => {
      this.#scopeKey = key;
      tokens.listen(key, this, { changed: () => this.#dropAll(), isNeeded: () => true });
      return tokens.read(key, run);
    });
  }

  async #epochs(run?: Run, isAfter = false): Promise<string> {
    const { tokens } = this.core;
    this.#epochKeys ??= [await this.#keyOf('epoch'), await this.core.tagKey('', 'epoch')];
    const keys = this.#epochKeys;
    // What is kept may be older than the tokens of tags that were read just now.
    if (isAfter) for (const key of keys) tokens.forget(key);
    const both = await Promise.all(keys.map((key) => tokens.read(key, run)));
    return both.join();
  }

  async #readTagTokens(tags: Iterable<string>, run?: Run): Promise<Map<string, TagTokenPair>> {
    const pairs = new Map<string, TagTokenPair>();
    await Promise.all(
      [...tags].map(async (tag) => {
        const [ownKey, allKey] = await this.#tagKeysOf(tag);
        const { tokens } = this.core;
        const [own, all] = await Promise.all([tokens.read(ownKey, run), tokens.read(allKey, run)]);
        pairs.set(tag, [tag, own, all]);
      }),
    );
    return pairs;
  }

  async #tagKeysOf(tag: string): Promise<readonly [own: string, all: string]> {
    const keys =
      this.#tagKeys.get(tag) ??
      ([await this.#keyOf('tag', tag), await this.core.tagKey('', 'all', tag)] as const);
    const { first } = this.user;
    const isNeeded = () => Number(first.tags?.slotsOf([tag]).size) > 0;
    const changed = () => this.#endTag(tag);
    for (const key of keys) this.core.tokens.listen(key, this, { changed, isNeeded });
    if (this.#tagKeys.size > 10_000) this.#tagKeys.clear();
    this.#tagKeys.set(tag, keys);
    return keys;
  }

  async #urlToken(url: string, run?: Run): Promise<string> {
    const key = await this.#keyOf('url', url);
    const { dropUrl, hasUrl } = this.user;
    const isNeeded = () => hasUrl(url);
    this.core.tokens.listen(key, this, { changed: () => dropUrl(url), isNeeded });
    return this.core.tokens.read(key, run);
  }

  async #keyOf(...parts: string[]): Promise<string> {
    return this.core.tagKey(this.#label, this.user.name, ...parts);
  }

  #dropAll(): void {
    const { first, owns } = this.user;
    first.clearOwned(owns);
  }

  #endTag(tag: string): void {
    const { first, owns } = this.user;
    first.endTagged(new Set([tag]), false, owns);
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
        const location = await this.locationOf(key);
        if (!location) return false;
        const { storeKey } = location;
        const run = async () => {
          if (keepsStale) return this.#expireValue(location);
          const start = await driver.delete(storeKey);
          return start !== undefined && freshnessOf(start) > core.connection.serverTime;
        };
        try {
          return await core.changes.make({
            key: storeKey,
            action,
            functionName: user.name,
            run,
            isLong: keepsStale,
          });
        } finally {
          core.changedHere(storeKey, this);
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
      const freshUntil = Math.min(value.freshUntil, serverTime - 1);
      const expired = expireValue(stored, newToken(), freshUntil, staleUntil);
      if (await driver.replace(storeKey, value.stamp, expired, lifeMs)) return isFresh;
    }
    await driver.delete(storeKey);
    return false;
  }

  endTagged(tags: ReadonlySet<string>, keepsStale: boolean, count: number): Promise<number> {
    const end = async () => {
      const epoch = await this.#keyOf('epoch');
      const keys = await Promise.all([...tags].map(async (tag) => (await this.#tagKeysOf(tag))[0]));
      const action = keepsStale ? 'expireTag' : 'invalidateTag';
      try {
        await this.core.endTags(epoch, keys, action, this.user.name, keepsStale);
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
      const key = await this.#keyOf('scope');
      core.tokens.changedHere(key);
      const run = () => core.driver.delete(key);
      await core.changes.make({ key, action: 'clear', functionName: user.name, run });
      core.tokens.changedHere(key);
    };
    return markHandled(clear());
  }

  invalidateUrl(url: string): void {
    const invalidate = async () => {
      const { core, user } = this;
      const key = await this.#keyOf('url', url);
      const run = () => core.driver.delete(key);
      await core.changes.make({ key, action: 'invalidate', functionName: user.name, run });
      core.tokens.changedHere(key);
    };
    void markHandled(invalidate());
  }

  /** Warns once that results cannot be stored in the tier. */
  warnUnstorable(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
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

/** JSON without other characters than those of ASCII. */
function ascii(json: string): string {
  return json.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
