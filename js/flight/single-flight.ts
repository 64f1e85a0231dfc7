import type { ResultCache } from '../cache/result-cache.ts';
import { reasonOf } from '../events/on-abort.ts';
import type { FetchRequest } from '../http/results.ts';
import { Call } from './call.ts';
import { type CallOptions, callOptionsOf, NO_SIGNALS } from './call-options.ts';
import { CallRunner } from './call-runner.ts';
import type { SingleFlightDeps } from './deps.ts';
import { FastPath } from './fast-path.ts';
import { KeyGroups } from './key-groups.ts';
import { isHit, presentStored } from './stored-result.ts';

/** Answers the calls of one wrapped function: from the cache, or by a {@link CallRunner}. */
export class SingleFlight {
  readonly fastPath: FastPath;
  readonly #deps: SingleFlightDeps;
  readonly #groups: KeyGroups;
  readonly #runner: CallRunner;

  constructor(deps: SingleFlightDeps) {
    this.#deps = deps;
    this.#groups = new KeyGroups(deps.keys, deps.stored);
    this.#runner = new CallRunner(deps, this.#groups, ({ thisArg, args, request }, callOptions) =>
      this.#answer(thisArg, args, callOptions, request),
    );
    this.fastPath = new FastPath(deps, this.#runner);
  }

  /** The key of these arguments. What is put under it is invalidated like any other entry. */
  keyOf(thisArg: unknown, args: readonly unknown[]): unknown {
    const { stored, keys, readRequest } = this.#deps;
    const request = readRequest?.(args);
    const key = keys.keyOf(thisArg, args, request);
    if (stored) this.#groups.add(key, request, stored.entries.maxSize);
    return key;
  }

  /** Removes the entries of these arguments with any `this`. Returns `true` if one of them was live. */
  invalidate(thisArg: unknown, args: readonly unknown[]): boolean {
    const { stored, keys, readRequest } = this.#deps;
    if (!stored) return false;
    const { cache } = stored;
    const request = readRequest?.(args);
    const removed = cache.invalidate(keys.keyOf(thisArg, args, request));
    if (this.#groups.isEmpty) return removed;
    const removedWithoutThis = cache.invalidate(keys.keyOf(undefined, args, request));
    const group = this.#groups.takeArguments(args, request);
    return invalidateAll(cache, group) || removedWithoutThis || removed;
  }

  /** Removes the entries of a URL, with any method and headers. */
  invalidateUrl(url: string): void {
    const { stored } = this.#deps;
    if (stored) invalidateAll(stored.cache, this.#groups.takeUrl(url));
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
    const { reporter, keys, returns } = this.#deps;
    const stored = request?.cacheable === false ? undefined : this.#deps.stored;
    const signals = callOptions?.signals;
    let key: unknown;
    let isStored = false;
    let isMissing = true;
    try {
      for (const signal of signals ?? NO_SIGNALS) if (signal.aborted) throw reasonOf(signal);
      if (stored) {
        key = keys.keyOf(thisArg, args, request);
        if (callOptions?.refresh) isMissing = !stored.cache.has(key);
        else {
          stored.entries.hit(key);
          isStored = isHit(stored.internals, key);
        }
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
      if (reporter.hasListener('cache_hit')) reporter.report('cache_hit', { key });
      return presentStored(value, kind, returns, signals);
    }
    const call = new Call(thisArg, args, key, request);
    return stored
      ? this.#runner.joinOrLead(call, callOptions, isMissing)
      : this.#runner.runAlone(call, callOptions);
  }
}

function invalidateAll(cache: ResultCache, keys: Iterable<unknown>): boolean {
  let removed = false;
  for (const key of keys) removed = cache.invalidate(key) || removed;
  return removed;
}
