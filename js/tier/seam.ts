import type { Reporter } from '../events/reporter.ts';
import { Access } from '../platform/access.ts';

/*
 * What a flight and a tier know of each other. Of this folder, the package without a tier contains this file and breaker-seam.ts.
 */

/** The cache of a function, its first tier. */
export interface FirstTier {
  readonly settings: {
    readonly whileRevalidateMs: number;
    readonly ifErrorMs: number;
  };
  readonly entries: { readonly index: ReadonlyMap<unknown, number>; readonly staleMs: number };
  readonly tags: { slotsOf(tags: Iterable<string>): ReadonlySet<number> } | undefined;
  readonly flights: { get(key: unknown): unknown } | undefined;
  readonly isDisposed: boolean;
  /** Removes an entry, and detaches the flight of the key unless `keepsFlight`. */
  invalidate(key: unknown, reason?: 'invalidate', keepsFlight?: boolean): boolean;
  /** Makes an entry stale, and detaches the flight of the key. */
  expire(key: unknown): boolean;
  ownTtl(): number;
  endTagged(
    tags: ReadonlySet<string>,
    keepsStale: boolean,
    owns: (key: unknown) => boolean,
  ): number;
  clearOwned(owns: (key: unknown) => boolean): void;
  weightOf(key: unknown, value: unknown): number;
  put(
    key: unknown,
    value: unknown,
    ttlMs: number | undefined,
    kind: number,
    tags: ReadonlySet<string> | undefined,
    weight: number,
  ): void;
}

/** A function that uses a tier. */
export interface TierUser {
  readonly fn: object;
  readonly name: string;
  readonly version: string | number | undefined;
  readonly reporter: Reporter;
  /** Whether `cache.key` makes its keys. */
  readonly isCustom: boolean;
  /** Whether its keys begin with its name. */
  readonly isScoped: boolean;
  readonly first: FirstTier;
  /** The tags of all results, or a function. */
  readonly tags: ReadonlySet<string> | ((...args: never[]) => unknown) | undefined;
  owns(key: unknown): boolean;
  /** Starts a refresh in the background. */
  refresh(call: TierCall): void;
  /** Whether there is an entry or a flight of a URL. */
  hasUrl(url: string): boolean;
  /** Removes the entries of a URL. */
  dropUrl(url: string): void;
  /** The body of a stored response; `undefined` for any other value. */
  bodyOf(value: unknown): Uint8Array | null | undefined;
}

/** How long, and with which tags, a result is stored. */
export interface TierTerms {
  /** Milliseconds, 0: forever. */
  readonly ttlMs: number | undefined;
  readonly tags: ReadonlySet<string> | undefined;
}

/** The run of a function, as a tier sees it. */
export interface TierCall {
  readonly key: unknown;
  readonly request: { readonly url: string; keyParts(): readonly unknown[] } | undefined;
  own: TierTerms | undefined;
  readonly storable: boolean;
  again(): TierCall;
}

/** The flight of a call. */
export interface TierFlight {
  readonly id: number;
  readonly isAttached: boolean;
  readonly isRefresh: boolean;
  readonly isBackground: boolean;
  /** It may never end: the body of its response stalls. */
  readonly isLost: boolean;
  readonly cancellation: { readonly aborted: boolean; readonly reason: unknown };
  session: TierSession | undefined;
  detach(): boolean;
}

/** The part of a tier in one flight. */
export interface TierSession {
  /** Whether the result is on its way to the second tier. The flight stays attached for that time. */
  readonly isStoring: boolean;
  /** Whether the run began so long ago that a change may have been missed. Later calls do not join it. */
  readonly mayBeOld: boolean;
  /** Stores a result. Calls `commit`, now or later, if it may be stored in the first tier. */
  store(value: unknown, terms: TierTerms, commit: (ttlMs: number | undefined) => void): void;
  /** The run has ended without a result to store. Removes the stored one, which is outdated. */
  discard?(): void;
  /** The flight was detached. */
  end(): void;
}

/** A tier, for one function. */
export interface BoundTier {
  /** Answers a call from the tier, or runs the function. */
  run(call: TierCall, flight: TierFlight, next: () => unknown): Promise<unknown>;
  /** The session of a result that the user stores, and the Promise that it is stored. */
  startPut(call: TierCall, flight: TierFlight): Promise<void>;
  /** @param wasFresh whether this process had a fresh result */
  invalidate(keys: readonly unknown[], wasFresh: boolean): Promise<boolean>;
  expire(keys: readonly unknown[], wasFresh: boolean): Promise<boolean>;
  endTagged(tags: ReadonlySet<string>, keepsStale: boolean, count: number): Promise<number>;
  clear(): Promise<void>;
  invalidateUrl(url: string): void;
}

/** What a tier shows its neighbours. */
export interface TierParts {
  /** @throws TypeError if another function has the name in this tier */
  bind(user: TierUser): BoundTier;
}

export const tierAccess = /* @__PURE__ */ new Access<object, TierParts>();
