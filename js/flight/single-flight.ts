import { type Entries, StoredKind } from '../cache/entries.ts';
import type { Flights } from '../cache/flights.ts';
import { cacheAccess, type ResultCache } from '../cache/result-cache.ts';
import { reasonOf } from '../events/on-abort.ts';
import type { Reporter } from '../events/reporter.ts';
import { warn } from '../events/warn.ts';
import type { FetchRequest } from '../http/fetch-request.ts';
import { discardBody } from '../http/response.ts';
import { kindOf, type ResultKind } from '../http/result-kind.ts';
import { isTooLarge, SharedResponse } from '../http/shared-response.ts';
import { isStorable } from '../http/status.ts';
import { abortable, UnsharedResponse } from '../http/unshared-response.ts';
import { isOwnKey } from '../keys/make-key.ts';
import { isThenable } from '../platform/thenable.ts';
import { systemClock } from '../time/clock.ts';
import { type BodyLimit, Call, Outcome } from './call.ts';
import type { CallKeys } from './call-keys.ts';
import { Flight } from './flight.ts';
import { KeyIndex } from './key-index.ts';
import { canLeaderDie, startHeartbeat, watchLeader } from './leader-liveness.ts';
import { OutdatedResult } from './outdated-result.ts';
import type { Run } from './pipeline.ts';
import type { ReturnTracker } from './return-tracker.ts';

/** What a caller asks for beside the arguments. */
export interface CallOptions {
  /** The caller leaves when one of them aborts. */
  readonly signals?: readonly AbortSignal[] | undefined;
  /** Run the function even if a result is stored, and replace that. */
  readonly refresh?: boolean | undefined;
}

/** What one wrapped function is made of. */
export interface SingleFlightDeps {
  readonly reporter: Reporter;
  readonly pipeline: Run;
  readonly cache: ResultCache | undefined;
  readonly keys: CallKeys;
  readonly returns: ReturnTracker;
  /** Which responses are stored. */
  readonly responses: { readonly statuses: ReadonlySet<number>; readonly maxBodySize: number };
  /** Limits the time of the body of a shared response. */
  readonly limit: BodyLimit | undefined;
  /** Reads the arguments of a function with the signature of `fetch`; `undefined` for other functions. */
  readonly readRequest: ((args: readonly unknown[]) => FetchRequest) | undefined;
  /** Whether a pattern may run the function later than at the call. */
  readonly waits: boolean;
}

const NO_SIGNALS: readonly AbortSignal[] = [];

/** What the short way answers where it does not lead to a hit. */
export const NOT_HANDLED: unique symbol = /* @__PURE__ */ Symbol('nothing');

/**
 * Answers the calls of one wrapped function: from the cache, by joining the flight under way, or by leading a new one.
 */
export class SingleFlight {
  readonly #deps: SingleFlightDeps;
  readonly #reporter: Reporter;
  readonly #entries: Entries<unknown> | undefined;
  /** The same where an argument may be its own key. */
  readonly #byArgument: Entries<unknown> | undefined;
  readonly #flights: Flights<Flight> | undefined;
  readonly #index: KeyIndex;
  #hasWarned = false;

  constructor(parts: SingleFlightDeps) {
    const { reporter, cache, keys, readRequest } = parts;
    this.#deps = parts;
    this.#reporter = reporter;
    this.#entries = cache && cacheAccess.entries(cache);
    this.#byArgument = keys.plain && !readRequest ? this.#entries : undefined;
    this.#flights = cache && (cacheAccess.flights(cache) as Flights<Flight>);
    this.#index = new KeyIndex(
      (key) => Boolean(this.#entries?.index.has(key)) || this.#flights?.get(key) !== undefined,
    );
  }

  /** The key of these arguments. What is put under it is invalidated like any other entry. */
  keyOf(thisArg: unknown, args: readonly unknown[]): unknown {
    const { cache, keys, readRequest } = this.#deps;
    const request = readRequest?.(args);
    const key = keys.keyOf(thisArg, args, request);
    if (cache) this.#addToIndex(key, request);
    return key;
  }

  /** Removes the entries of these arguments, whatever their `this`; `true` when a live one went. */
  invalidate(thisArg: unknown, args: readonly unknown[]): boolean {
    const { cache, keys, readRequest } = this.#deps;
    if (!cache) return false;
    const request = readRequest?.(args);
    let removed = cache.invalidate(keys.keyOf(thisArg, args, request));
    if (this.#index.isEmpty) return removed;
    removed = cache.invalidate(keys.keyOf(undefined, args, request)) || removed;
    return this.#invalidateGroup(keys.groupOfArguments(args, request)) || removed;
  }

  /** Removes the entries of a URL, whatever their method and headers. */
  invalidateUrl(url: string): void {
    this.#invalidateGroup(urlGroup(url));
  }

  #invalidateGroup(group: string): boolean {
    let removed = false;
    for (const key of this.#index.take(group)) {
      removed = (this.#deps.cache as ResultCache).invalidate(key) || removed;
    }
    return removed;
  }

  /**
   * The short way for the usual call: one argument, which is its own key, and nobody listens. Where more is to be found
   * out it is {@link NOT_HANDLED}, as if it had not been asked.
   */
  tryHit(argument: unknown): unknown {
    const entries = this.#byArgument;
    if (entries === undefined || !isOwnKey(argument) || this.#reporter.hasListener('cache_hit')) {
      return NOT_HANDLED;
    }
    const flights = this.#flights as Flights<Flight>;
    let flight = flights.sole;
    if (flight === undefined || flight.key !== argument) {
      let value: unknown;
      let stored: boolean;
      try {
        value = entries.hit(argument);
        stored = value !== undefined || this.#foundLive(argument);
      } catch {
        // Disposed of, which `answer` tells in the way that the function's callers expect.
        return NOT_HANDLED;
      }
      if (stored) {
        value ??= entries.valueAt(entries.slot);
        if (entries.kind === StoredKind.PROMISE) return promised(value);
        return entries.kind === StoredKind.VALUE
          ? value
          : this.#present(value, entries.kindAt(entries.slot));
      }
      flight = flights.get(argument);
    }
    const handed = flight?.sharedPromise;
    if (canLeaderDie() || handed === undefined || this.#reporter.hasListener('cache_coalesced')) {
      if (this.#reporter.isReentrant()) return NOT_HANDLED;
      return this.#joinOrLead(new Call(undefined, [argument], argument));
    }
    flights.join();
    flight?.addCaller();
    return handed;
  }

  /** Whether the lookup of a key has found an entry, and a live one. */
  #foundLive(key: unknown): boolean {
    const { slot } = this.#entries as Entries<unknown>;
    return slot > 0 || (slot < 0 && cacheAccess.hitSlowly(this.#deps.cache as ResultCache, key));
  }

  /** A stored result, as its function gave it. */
  #present(value: unknown, shape: StoredKind, callOptions?: CallOptions): unknown {
    if (shape === StoredKind.PROMISE) return promised(value);
    if (shape === StoredKind.VALUE) return value;
    const copy = SharedResponse.copyOf(value, callOptions?.signals);
    const later =
      shape === StoredKind.UNKNOWN
        ? this.#deps.returns.isAsync
        : shape === StoredKind.RESPONSE_PROMISE;
    return later ? Promise.resolve(copy) : copy;
  }

  /** The value or Promise for a call, or its error, thrown or as a rejection. */
  answer(thisArg: unknown, args: readonly unknown[], given: CallOptions | undefined): unknown {
    const { reporter, readRequest } = this.#deps;
    // Thrown whatever the function answers with: a listener that does not await it would leave a rejection to nobody.
    if (reporter.isReentrant()) {
      throw reporter.reentrant();
    }
    let request: FetchRequest | undefined;
    try {
      request = readRequest?.(args);
    } catch (error) {
      return this.#refuse(error);
    }
    return this.#answer(
      thisArg,
      args,
      (request && callOptionsOf(request, given)) || given,
      request,
    );
  }

  #answer(
    thisArg: unknown,
    args: readonly unknown[],
    callOptions: CallOptions | undefined,
    request: FetchRequest | undefined,
  ): unknown {
    const { reporter, keys } = this.#deps;
    const cache = request?.cacheable === false ? undefined : this.#deps.cache;
    let key: unknown;
    let stored = false;
    let missing = true;
    try {
      for (const signal of callOptions?.signals ?? NO_SIGNALS)
        if (signal.aborted) throw reasonOf(signal);
      if (cache) {
        key = keys.keyOf(thisArg, args, request);
        if (callOptions?.refresh) missing = !cache.has(key);
        else {
          (this.#entries as Entries<unknown>).hit(key);
          stored = this.#foundLive(key);
        }
      }
      if (this.#deps.cache && request?.onlyIfCached && !stored) {
        throw new TypeError(`No stored response for ${request.method} ${request.url}`);
      }
    } catch (error) {
      return this.#refuse(error);
    }
    if (stored) {
      const entries = this.#entries as Entries<unknown>;
      const value = entries.valueAt(entries.slot);
      const shape = entries.kindAt(entries.slot);
      if (reporter.hasListener('cache_hit')) reporter.report('cache_hit', { key });
      return this.#present(value, shape, callOptions);
    }

    const call = new Call(thisArg, args, key, request);
    if (!cache) return this.#lead(new Flight(true), call, callOptions);
    return this.#joinOrLead(call, callOptions, missing);
  }

  /** Joins the flight under way, or leads a new one. */
  #joinOrLead(call: Call, callOptions?: CallOptions, missing = true): unknown {
    const { reporter, returns } = this.#deps;
    const { key } = call;
    const flights = this.#flights as Flights<Flight>;
    let underWay = flights.get(key);
    if (underWay?.isLost) {
      underWay.detach();
      underWay = undefined;
    }
    // The call on the stack below cannot return before this one does.
    if (underWay && !underWay.promise && !returns.isAsync) {
      throw reporter.reentrant('with the key that it is just being called with');
    }
    if (underWay && (!callOptions?.refresh || underWay.isRefresh)) {
      return this.#join(underWay, call, callOptions);
    }

    // A listener may change the arguments. Waiters of a call whose arguments may change do not get its Promise as it is.
    call.waited = missing && reporter.hasListener('cache_miss');
    const { waits, keys } = this.#deps;
    // What a request sends was copied at the call, which is when the user's function made its key.
    const isFixed = call.request !== undefined && keys.custom;
    const mayChange =
      !isFixed && (waits || call.waited) && (call.request?.mayChange || call.args.some(isObject));
    const flight = new Flight(mayChange ? false : returns.neverResponse, key, flights, missing);
    flight.isRefresh = Boolean(callOptions?.refresh);
    if (mayChange) call.verifyKey = () => this.#verifyKey(flight, call);
    this.#addToIndex(key, call.request);
    try {
      if (missing) {
        cacheAccess.countMiss(this.#deps.cache as ResultCache);
        reporter.report('cache_miss', { key });
      }
      return this.#lead(flight, call, callOptions);
    } finally {
      // No call, for which there may be no stack left.
      flight.isLeading = false;
    }
  }

  #join(flight: Flight, call: Call, callOptions: CallOptions | undefined): unknown {
    (this.#flights as Flights<Flight>).join();
    const promise = flight.addWaiter();
    this.#deps.reporter.report('cache_coalesced', { key: call.key });
    const result = this.#wait(flight, promise, call, callOptions);
    return watchLeader(flight, result, () => this.#restart(call, callOptions)) ?? result;
  }

  /** Makes a waiter's call once more, with the key that its arguments have now. */
  #restart({ thisArg, args, request }: Call, callOptions: CallOptions | undefined): unknown {
    return this.#answer(thisArg, args, callOptions, request);
  }

  #addToIndex(key: unknown, request: FetchRequest | undefined): void {
    const group = this.#deps.keys.groupOf(key);
    if (group !== undefined) this.#index.add(group, key);
    if (request) this.#index.add(urlGroup(request.url), key);
  }

  /** Before the function runs after a wait: arguments with another key now are another call's. */
  #verifyKey(flight: Flight, call: Call): void {
    let isSame = false;
    try {
      const key = this.#deps.keys.keyOf(call.thisArg, call.args, call.request);
      isSame = key === call.key || Object.is(key, call.key);
    } finally {
      if (!isSame) {
        call.keyChanged = true;
        call.storable = false;
        flight.detach();
      }
    }
  }

  /** Runs the pipeline; what it returns at once is returned at once. */
  #lead(flight: Flight, call: Call, callOptions: CallOptions | undefined): unknown {
    const { pipeline, returns } = this.#deps;
    let result: unknown;
    let promised: boolean;
    try {
      result = pipeline(call, flight.cancellation);
      call.waited = true;
      promised = isThenable(result);
      if (!promised) result = this.#succeed(flight, call, result, StoredKind.VALUE);
    } catch (error) {
      this.#fail(flight, call, error);
      flight.resolve?.(Promise.reject(error));
      if (!call.hasRun) return this.#refuse(error);
      if (returns.isAsync) return Promise.reject(error);
      throw error;
    }
    if (!promised) {
      flight.resolve?.(result);
      const value = this.#resultFor(result, call, callOptions);
      // A fallback's value takes the place of an error, and comes as that would have come.
      const asPromise = returns.isAsync || !(call.hasRun || returns.throwsSync);
      return asPromise ? Promise.resolve(value) : value;
    }
    const promise = flight.settle(
      Promise.resolve(result).then(
        (value) => this.#succeed(flight, call, value, StoredKind.PROMISE),
        (error) => {
          this.#fail(flight, call, error);
          if (call.keyChanged) return new OutdatedResult(call, undefined, { error });
          throw error;
        },
      ),
    );
    if (flight.flights) startHeartbeat(flight, promise);
    return this.#wait(flight, promise, call, callOptions);
  }

  #wait(
    flight: Flight,
    promise: Promise<unknown>,
    call: Call,
    callOptions: CallOptions | undefined,
  ): Promise<unknown> {
    let receive = (result: unknown) => this.#resultFor(result, call, callOptions);
    if (flight.response) {
      // One reader more from now on, without whom the others cannot call the body off.
      const copy = this.#resultFor(flight.response, call, callOptions, true);
      receive = () => copy;
    }
    if (!callOptions?.signals?.length) return flight.waitForResult(promise, receive);
    return flight.waitWithSignals(callOptions.signals, promise, receive, (error) =>
      this.#reportEnd('failure', flight, call, error),
    );
  }

  /**
   * What one caller gets of a flight's result: its own copy of a response, or its own request's where that cannot be.
   * @param late the caller joined when the headers were there: if the body times out, the call may be made again
   */
  #resultFor(
    result: unknown,
    call: Call,
    callOptions: CallOptions | undefined,
    late = false,
  ): unknown {
    const signals = callOptions?.signals ?? NO_SIGNALS;
    const request = () =>
      this.#lead(new Flight(true), call.again(), callOptions) as Promise<unknown>;
    if (result instanceof OutdatedResult) {
      return result.call === call
        ? abortable(result.take(), signals, call.cancellation)
        : this.#restart(call, callOptions);
    }
    if (result instanceof SharedResponse) {
      const restart = async () =>
        this.#joinOrLead(call.again(), callOptions, !this.#deps.cache?.has(call.key));
      // Only the leader's call has run.
      return result.copy(signals, request, call.hasRun, late ? restart : undefined);
    }
    if (result instanceof UnsharedResponse)
      return result.take(signals, call.cancellation) ?? request();
    return abortable(result, signals, call.cancellation);
  }

  /** Ends a flight well; what comes back is what its callers share. */
  #succeed(flight: Flight, call: Call, value: unknown, shape: StoredKind): unknown {
    if (!flight.end()) {
      discardBody(value);
      return value;
    }
    let result = value;
    try {
      if (call.keyChanged) {
        result = new OutdatedResult(call, value);
      } else if (flight.flights) {
        const kind = kindOf(value);
        this.#deps.returns.recordResult(value, kind !== 'plain');
        if (kind === 'plain') this.#store(flight, call, value, shape);
        else result = this.#share(flight, call, value, shape, kind);
      }
      const type = call.outcome === Outcome.FAILED ? 'failure' : 'success';
      this.#reportEnd(type, flight, call, call.error);
    } catch (error) {
      // Whatever fails after the function has answered, its callers have the result, and the key is free.
      flight.detach();
      this.#warn(error);
    }
    return result;
  }

  /** Callers join the flight of a response that is to be stored until its body is there, whole. */
  #share(flight: Flight, call: Call, value: unknown, shape: StoredKind, kind: ResultKind): unknown {
    const { limit } = this.#deps;
    const { maxBodySize, statuses } = this.#deps.responses;
    let shared: SharedResponse | undefined;
    if (kind === 'response') {
      const response = value as Response;
      shared = SharedResponse.share(response, {
        accepts() {
          if (!(call.storable && isStorable(response, statuses))) flight.detach();
          return call.request?.method === 'HEAD' || !isTooLarge(response, maxBodySize);
        },
        maxSize: maxBodySize,
        request: call.cancellation,
        wants: () => flight.isAttached,
        watch: limit && ((fail) => limit(call, flight.started, fail)),
        ended: (whole) => {
          const kept =
            shape === StoredKind.VALUE ? StoredKind.RESPONSE : StoredKind.RESPONSE_PROMISE;
          if (whole) this.#store(flight, call, whole, kept);
          flight.detach();
        },
      });
    } else if (!this.#hasWarned) {
      this.#hasWarned = true;
      this.#warn(new TypeError('it can be read only once, or not be inspected'));
    }
    if (shared) flight.setResponse(shared);
    else flight.detach();
    // Nobody expected a response of this function: its callers have but one between them, this time.
    if (flight.plain) return shared ? shared.copy(NO_SIGNALS) : value;
    return shared ?? new UnsharedResponse(value);
  }

  #store(flight: Flight, call: Call, value: unknown, shape: StoredKind): void {
    // It leaves before listeners of the cache run: for them it is stored, and not under way.
    if (!flight.detach() || !call.storable) return;
    try {
      cacheAccess.store(this.#deps.cache as ResultCache, call.key, value, shape);
    } catch (error) {
      // No memory, or a clock that fails: the callers have their result all the same.
      this.#warn(error);
    }
  }

  #warn(error: unknown): void {
    warn(`A result of ${this.#reporter.functionName} could not be stored`, error);
  }

  #fail(flight: Flight, call: Call, error: unknown): void {
    // First: no flight stays attached, however it ended.
    flight.detach();
    if (flight.end()) this.#reportEnd('failure', flight, call, error);
  }

  #reportEnd(type: 'success' | 'failure', flight: Flight, call: Call, error: unknown): void {
    const { reporter } = this.#deps;
    if (!reporter.hasListener(type)) return;
    const duration = (systemClock.read() - flight.started) / 1_000;
    reporter.report(type, { key: call.key, error, duration });
  }

  #refuse(error: unknown): Promise<never> {
    if (this.#deps.returns.throwsSync) throw error;
    return Promise.reject(error);
  }
}

/** Quicker in V8 than `Promise.resolve`, for what is no Promise itself. */
async function promised(value: unknown): Promise<unknown> {
  return value;
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function urlGroup(url: string): string {
  return `u${url}`;
}

/** What a call of `fetch` asks for by its own arguments, beside what was asked for already. */
function callOptionsOf(request: FetchRequest, given: CallOptions | undefined): CallOptions {
  const signals = given?.signals ?? NO_SIGNALS;
  return {
    signals: request.signal ? [...signals, request.signal] : signals,
    refresh: request.refresh || given?.refresh,
  };
}
