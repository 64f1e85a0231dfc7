import { Weak } from '../platform/weak.ts';
import type { StoredValue } from './envelope.ts';
import type { HeldTags } from './held-tags.ts';
import type { TierCall, TierUser } from './seam.ts';
import { endOf, type Run, type TagListener } from './tag-tokens.ts';
import type { TierCore } from './tier-core.ts';

/** A tag with the tokens of its two records: that of the function, and that of all functions. */
type TagTokenPair = [tag: string, own: string, all: string];

/** The tokens that a value was stored with, and those of now. */
type TokenPair = readonly [stored: string, current: string];

/** What a value says of its codec and its tags. */
type Meta = [codec: string, scope: string, tags: TagTokenPair[], url?: string];

/** A tag that no result has. After its end, later calls do not join flights whose tags are not known yet. */
const UNKNOWN_TAG: ReadonlySet<string> = new Set(['']);

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

/** The tokens that the values of one function depend on: those of its scope, of tags, and of URLs. */
export class FunctionTokens {
  readonly #core: TierCore;
  readonly #user: TierUser;
  readonly #label: string;
  readonly #reference = new Weak<FunctionTokens>(this);
  /** The tags of results that are under way, and the number of results that have each. */
  readonly #held = new Map<string, number>();
  readonly #tagKeys = new Map<string, readonly [own: string, all: string]>();
  #scopeKey: string | undefined;
  #epochKeys: readonly [own: string, all: string] | undefined;
  #lastMeta: readonly [text: string, meta: Meta] | undefined;

  constructor(core: TierCore, user: TierUser, label: string) {
    this.#core = core;
    this.#user = user;
    this.#label = label;
  }

  // Static: a closure of a method could hold its object.
  static #scopeListener(): TagListener<FunctionTokens> {
    return { changed: (owner) => owner.#dropAll(), isNeeded: () => true };
  }

  static #epochListener(): TagListener<FunctionTokens> {
    return { changed: (owner) => owner.#endTags(UNKNOWN_TAG), isNeeded: () => true };
  }

  static #tagListener(tag: string): TagListener<FunctionTokens> {
    return {
      changed: (owner) => owner.#endTags(new Set([tag])),
      isNeeded: (owner) =>
        owner.#held.has(tag) || Number(owner.#user.first.tags?.slotsOf([tag]).size) > 0,
    };
  }

  static #urlListener(url: string): TagListener<FunctionTokens> {
    return {
      changed: (owner) => owner.#user.dropUrl(url),
      isNeeded: (owner) => owner.#user.hasUrl(url),
    };
  }

  /** Listens to a tag until it is released as often. */
  hold(tag: string): void {
    this.#held.set(tag, (this.#held.get(tag) ?? 0) + 1);
  }

  release(tag: string): void {
    const count = (this.#held.get(tag) ?? 0) - 1;
    if (count > 0) this.#held.set(tag, count);
    else this.#held.delete(tag);
  }

  /** Reads the tokens for a run that is about to start. @param tags those that its result is known to have, or a function */
  async readSnapshot(
    held: HeldTags,
    request: TierCall['request'],
    tags: TierUser['tags'] = this.#user.tags,
    run?: Run,
  ): Promise<TokenSnapshot> {
    const isKnown = typeof tags !== 'function';
    held.add((isKnown && tags) || []);
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
    held: HeldTags,
    codec: string,
    snapshot: TokenSnapshot,
    tags: ReadonlySet<string> | undefined,
    run?: Run,
  ): Promise<string | undefined> {
    // A tag that nothing in the first tier has yet would not be listened to for long.
    held.add(tags ?? []);
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
    const { tokens, connection } = this.#core;
    if (connection.watched !== true) {
      const keys = await Promise.all([...snapshot.tags.keys()].map((tag) => this.tagKeysOf(tag)));
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

  /** Whether a stored value is fresh, stale or invalid (`undefined`). At once if the tokens are known, and it has no tags. */
  validate(
    value: StoredValue,
    request: TierCall['request'],
    held: HeldTags,
  ): Validity | undefined | Promise<Validity | undefined> {
    const meta = this.#parse(value.meta);
    if (!meta) return undefined;
    const [, scope, pairs] = meta;
    held.add(pairs.map(([tag]) => tag));
    const current = this.#scope();
    if (request || pairs.length > 0 || typeof current !== 'string') {
      return this.#compareAll(value, meta, current, request);
    }
    return this.#validityOf(value, meta, [[scope, current]]);
  }

  async #compareAll(
    value: StoredValue,
    meta: Meta,
    currentScope: string | Promise<string>,
    request: TierCall['request'],
  ): Promise<Validity | undefined> {
    const [, scope, pairs, url = ''] = meta;
    const tokens: TokenPair[] = [[scope, await currentScope]];
    if (request) tokens.push([url, await this.#urlToken(request.url)]);
    if (pairs.length > 0) {
      const current = await this.#readTagTokens(pairs.map(([tag]) => tag));
      for (const [tag, own, all] of pairs) {
        const [, currentOwn, currentAll] = current.get(tag) as TagTokenPair;
        tokens.push([own, currentOwn], [all, currentAll]);
      }
    }
    return this.#validityOf(value, meta, tokens);
  }

  #validityOf(
    { freshUntil, staleUntil }: StoredValue,
    [codec, , pairs]: Meta,
    tokens: readonly TokenPair[],
  ): Validity | undefined {
    const { serverTime } = this.#core.connection;
    const ends = tokens.map(([stored, current]) => endOf(stored, current));
    const end = Math.min(freshUntil, ...ends);
    if (end === -Infinity || staleUntil <= serverTime) return undefined;
    const tags = pairs.length > 0 ? new Set(pairs.map(([tag]) => tag)) : undefined;
    const left = end - serverTime;
    // An expired tag has ended, whatever the clock says.
    const isExpired = ends.some((time) => time !== Infinity);
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
    const { tokens } = this.#core;
    if (this.#scopeKey !== undefined) return tokens.read(this.#scopeKey, run);
    return this.keyOf('scope').then((key) => {
      this.#scopeKey = key;
      tokens.listen(key, this.#reference, FunctionTokens.#scopeListener());
      return tokens.read(key, run);
    });
  }

  async #epochs(run?: Run, isAfter = false): Promise<string> {
    const { tokens } = this.#core;
    const keys = this.#epochKeys ?? (await this.#listenToEpochs());
    // What is kept may be older than the tokens of tags that were read just now.
    if (isAfter) for (const key of keys) tokens.forget(key);
    const both = await Promise.all(keys.map((key) => tokens.read(key, run)));
    return both.join();
  }

  async #listenToEpochs(): Promise<readonly [own: string, all: string]> {
    const keys = [await this.keyOf('epoch'), await this.#core.tagKey('', 'epoch')] as const;
    for (const key of keys) {
      this.#core.tokens.listen(key, this.#reference, FunctionTokens.#epochListener());
    }
    this.#epochKeys = keys;
    return keys;
  }

  async #readTagTokens(tags: Iterable<string>, run?: Run): Promise<Map<string, TagTokenPair>> {
    const pairs = new Map<string, TagTokenPair>();
    await Promise.all(
      [...tags].map(async (tag) => {
        const [ownKey, allKey] = await this.tagKeysOf(tag);
        const { tokens } = this.#core;
        const [own, all] = await Promise.all([tokens.read(ownKey, run), tokens.read(allKey, run)]);
        pairs.set(tag, [tag, own, all]);
      }),
    );
    return pairs;
  }

  async tagKeysOf(tag: string): Promise<readonly [own: string, all: string]> {
    const keys =
      this.#tagKeys.get(tag) ??
      ([await this.keyOf('tag', tag), await this.#core.tagKey('', 'all', tag)] as const);
    for (const key of keys) {
      this.#core.tokens.listen(key, this.#reference, FunctionTokens.#tagListener(tag));
    }
    if (this.#tagKeys.size > 10_000) this.#tagKeys.clear();
    this.#tagKeys.set(tag, keys);
    return keys;
  }

  async #urlToken(url: string, run?: Run): Promise<string> {
    const key = await this.keyOf('url', url);
    this.#core.tokens.listen(key, this.#reference, FunctionTokens.#urlListener(url));
    return this.#core.tokens.read(key, run);
  }

  async keyOf(...parts: string[]): Promise<string> {
    return this.#core.tagKey(this.#label, this.#user.name, ...parts);
  }

  #dropAll(): void {
    const { first, owns } = this.#user;
    if (!first.isDisposed) first.clearOwned(owns);
  }

  #endTags(tags: ReadonlySet<string>): void {
    const { first, owns } = this.#user;
    if (!first.isDisposed) first.endTagged(tags, false, owns);
  }
}

/** JSON without other characters than those of ASCII. */
function ascii(json: string): string {
  return json.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
