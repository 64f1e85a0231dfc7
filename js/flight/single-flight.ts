import type { CacheInternals } from '../cache/cache-internals.ts';
import { checkPutOptions } from '../cache/cache-options.ts';
import { StoredKind } from '../cache/entries.ts';
import { reasonOf } from '../events/on-abort.ts';
import { type FetchRequest, kindOf } from '../http/results.ts';
import { wrongKind } from '../options/messages.ts';
import { isThenable } from '../platform/thenable.ts';
import { Call } from './call.ts';
import { type CallOptions, callOptionsOf, NO_SIGNALS } from './call-options.ts';
import { CallRunner, NO_RESULT } from './call-runner.ts';
import type { SingleFlightDeps } from './deps.ts';
import { FastPath } from './fast-path.ts';
import { KeyGroups } from './key-groups.ts';
import { type StaleEntry, StaleResults } from './stale-results.ts';
import { isHit, presentStored } from './stored-result.ts';

/** Maximum number of keys that {@link SingleFlight.keyOf} has made and that are remembered, although nothing is stored. */
const MAX_ISSUED = 10_000;

/** Answers the calls of one wrapped function: from the cache, or by a {@link CallRunner}. */
export class SingleFlight {
  readonly fastPath: FastPath;
  readonly #deps: SingleFlightDeps;
  readonly #groups: KeyGroups;
  readonly #runner: CallRunner;
  /** Absent if the cache keeps no stale results. */
  readonly #stale: StaleResults | undefined;

  constructor(deps: SingleFlightDeps) {
    this.#deps = deps;
    this.#groups = new KeyGroups(deps.keys, deps.stored);
    const { stored, staleRules } = deps;
    this.#stale = stored && staleRules && new StaleResults(deps, stored, staleRules);
    this.#runner = new CallRunner(
      deps,
      this.#groups,
      this.#stale,
      ({ thisArg, args, request }, callOptions) =>
        this.#answer(thisArg, args, callOptions, request),
    );
    this.fastPath = new FastPath(deps, this.#runner);
    deps.http?.attach(deps, this.#runner, this.#stale, this);
  }

  /** The key of these arguments. What is put under it is invalidated like any other entry. */
  keyOf(thisArg: unknown, args: readonly unknown[]): unknown {
    const { stored, keys, readRequest } = this.#deps;
    const request = readRequest?.(args);
    const key = keys.keyOf(thisArg, args, request);
    if (stored) this.#groups.add(key, request, Math.min(stored.entries.maxSize, MAX_ISSUED));
    return key;
  }

  /** Removes the entries of these arguments with any `this`. Returns `true` if one of them was fresh. */
  invalidate(thisArg: unknown, args: readonly unknown[]): boolean | Promise<boolean> {
    const { stored, tier } = this.#deps;
    const keys = [...this.#keysOf(thisArg, args, 'takeArguments')];
    const wasFresh = invalidateAll(stored?.internals, keys);
    return tier ? tier.invalidate(keys, wasFresh) : wasFresh;
  }

  /** Makes these entries stale. Returns `true` if one of them was fresh. */
  expire(thisArg: unknown, args: readonly unknown[]): boolean | Promise<boolean> {
    const { stored, tier } = this.#deps;
    const keys = [...this.#keysOf(thisArg, args, 'ofArguments')];
    let wasFresh = false;
    for (const key of keys) wasFresh = stored?.internals.expire(key) || wasFresh;
    return tier ? tier.expire(keys, wasFresh) : wasFresh;
  }

  /** Removes the entries of a URL, with any method and headers. */
  invalidateUrl(url: string): void {
    this.dropUrl(url);
    this.#deps.tier?.invalidateUrl(url);
  }

  /** The same, in this process only. */
  dropUrl(url: string): void {
    invalidateAll(this.#deps.stored?.internals, this.#groups.takeUrl(url));
  }

  /** Whether there is an entry or a flight of a URL. */
  hasUrl(url: string): boolean {
    return this.#groups.hasUrl(url);
  }

  /** Starts a refresh in the background. */
  refresh(call: Call): void {
    this.#runner.refresh(call);
  }

  /** Removes the function's entries with one of these tags, or makes them stale. Returns how many were fresh. */
  endTagged(tags: ReadonlySet<string>, keepsStale: boolean): number | Promise<number> {
    const { stored, keys, tier } = this.#deps;
    const count = stored?.internals.endTagged(tags, keepsStale, keys.owns) ?? 0;
    return tier ? tier.endTagged(tags, keepsStale, count) : count;
  }

  /** Removes all entries of the function. */
  clear(): Promise<void> | undefined {
    const { stored, keys, tier } = this.#deps;
    stored?.internals.clearOwned(keys.owns);
    return tier?.clear();
  }

  /**
   * Stores a result for these arguments as if the function had returned it now.
   * @throws TypeError, RangeError
   */
  put(
    thisArg: unknown,
    args: readonly unknown[],
    value: unknown,
    options: unknown,
  ): Promise<void> | undefined {
    if (!Array.isArray(args)) throw wrongKind('args', 'an array of arguments', args);
    if (isThenable(value)) throw wrongKind('value', 'a result, not a Promise', value);
    const own = checkPutOptions(options);
    const { stored, keys, readRequest, returns, rules, tier } = this.#deps;
    if (!stored) return undefined;
    const request = readRequest?.(args);
    const key = keys.keyOf(thisArg, args, request);
    if (tier || kindOf(value) !== 'plain') {
      const call = new Call(thisArg, args, key, request);
      call.own = own;
      const kind = returns.isAsync ? StoredKind.PROMISE : StoredKind.VALUE;
      return this.#runner.put(call, value, kind);
    }
    const terms = rules.termsOf(key, value, args, stored.internals, own);
    if (!terms) {
      stored.internals.invalidate(key);
      return undefined;
    }
    this.#groups.add(key, request);
    const { ttlMs, tags, weight } = terms;
    stored.internals.put(key, value, ttlMs, undefined, tags, weight);
    return undefined;
  }

  /** The keys of these arguments with any `this`. */
  *#keysOf(
    thisArg: unknown,
    args: readonly unknown[],
    inGroup: 'takeArguments' | 'ofArguments',
  ): Generator<unknown> {
    const { stored, keys, readRequest } = this.#deps;
    if (!stored) return;
    const request = readRequest?.(args);
    yield keys.keyOf(thisArg, args, request);
    if (this.#groups.isEmpty) return;
    yield keys.keyOf(undefined, args, request);
    yield* this.#groups[inGroup](args, request);
  }

  /** The value or Promise for a call, or its error, thrown or as a rejection. */
  answer(
    thisArg: unknown,
    args: readonly unknown[],
    callOptions: CallOptions | undefined,
  ): unknown {
    const { reporter, returns, readRequest } = this.#deps;
    // Thrown even by async functions: a listener does not await the call, and nothing would handle its rejection.
    if (reporter.isReentrant()) throw reporter.reentrant();
    let request: FetchRequest | undefined;
    try {
      request = readRequest?.(args);
    } catch (error) {
      return returns.refuse(error);
    }
    const options = request ? callOptionsOf(request, callOptions) : callOptions;
    return this.#answer(thisArg, args, options, request);
  }

  #answer(
    thisArg: unknown,
    args: readonly unknown[],
    callOptions: CallOptions | undefined,
    request: FetchRequest | undefined,
  ): unknown {
    const { reporter, keys, returns, http } = this.#deps;
    const stored = request?.cacheable === false ? undefined : this.#deps.stored;
    const signals = callOptions?.signals;
    let key: unknown;
    let isStored = false;
    let isMissing = true;
    let stale: StaleEntry | undefined;
    try {
      for (const signal of signals ?? NO_SIGNALS) if (signal.aborted) throw reasonOf(signal);
      if (stored) {
        key = keys.keyOf(thisArg, args, request);
        if (http) return http.answer(new Call(thisArg, args, key, request), callOptions);
        if (callOptions?.refresh) isMissing = stored.internals.findNow(key) === 0;
        else {
          stored.entries.hit(key);
          isStored = isHit(stored.internals, key);
        }
        if (!isStored) stale = this.#stale?.find(key);
      }
      if (this.#deps.stored && request?.onlyIfCached && !isStored) {
        throw new TypeError(`No stored response for ${request.method} ${request.url}`);
      }
    } catch (error) {
      return returns.refuse(error);
    }
    if (stored && isStored) {
      const { entries } = stored;
      // Before listeners run: they may use the cache.
      const value = entries.valueAt(entries.slot);
      const kind = entries.kindAt(entries.slot);
      if (reporter.hasListener('cache_hit')) reporter.report('cache_hit', { key, flight: 0 });
      return presentStored(value, kind, returns, signals);
    }
    const call = new Call(thisArg, args, key, request);
    if (!stored) return this.#runner.runAlone(call, callOptions);
    return stale && !callOptions?.refresh
      ? this.answerStale(call, callOptions, stale)
      : this.#runner.joinOrLead(call, callOptions, isMissing, stale);
  }

  /** Answers a call that has a stale entry, with that or by a flight. */
  answerStale(call: Call, callOptions: CallOptions | undefined, stale: StaleEntry): unknown {
    const results = this.#stale as StaleResults;
    const flight = this.#runner.flightOf(call.key);
    if (results.isReturnedAtOnce(stale)) {
      const result = flight || stale.isPaused ? NO_RESULT : this.#runner.refresh(call);
      return result === NO_RESULT ? results.give(stale, 'revalidate', call, callOptions) : result;
    }
    if (stale.isPaused) return results.give(stale, 'error', call, callOptions);
    if (flight?.isSlow) return results.give(stale, 'slow', call, callOptions, flight.id);
    return this.#runner.joinOrLead(call, callOptions, true, stale);
  }
}

function invalidateAll(internals: CacheInternals | undefined, keys: Iterable<unknown>): boolean {
  let wasFresh = false;
  for (const key of keys) wasFresh = internals?.invalidate(key) || wasFresh;
  return wasFresh;
}
