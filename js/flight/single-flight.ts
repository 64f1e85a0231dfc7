import { type Entries, Shape } from '../cache/entries.ts';
import { cacheAccess, type ResultCache } from '../cache/result-cache.ts';
import { reasonOf } from '../events/on-abort.ts';
import type { Reporter } from '../events/reporter.ts';
import { warn } from '../events/warn.ts';
import type { FetchRequest } from '../http/fetch-request.ts';
import { abortable, LoneResponse } from '../http/lone-response.ts';
import { discardBody } from '../http/response.ts';
import { kindOf, type ResultKind } from '../http/result-kind.ts';
import { isTooLarge, SharedResponse } from '../http/shared-response.ts';
import { isStorable } from '../http/status.ts';
import { isOwnKey } from '../keys/make-key.ts';
import type { BodyLimit } from '../patterns/timeout.ts';
import { systemClock } from '../time/clock.ts';
import { Call, Verdict } from './call.ts';
import type { CallKeys } from './call-keys.ts';
import { Flight } from './flight.ts';
import type { Flights } from './flights.ts';
import { KeyIndex } from './key-index.ts';
import type { Manner } from './manner.ts';
import { MovedResult } from './moved-result.ts';
import type { Run } from './pipeline.ts';
import { follow, lead, mayVanish } from './succession.ts';
import { isThenable } from './thenable.ts';

/** What a caller asks for beside the arguments. */
export interface Wish {
  /** The caller leaves when one of them aborts. */
  readonly signals?: readonly AbortSignal[] | undefined;
  /** Run the function even if a result is stored, and replace that. */
  readonly refresh?: boolean | undefined;
}

/** What one wrapped function is made of. */
export interface Parts {
  readonly reporter: Reporter;
  readonly pipeline: Run;
  readonly cache: ResultCache | undefined;
  readonly keys: CallKeys;
  readonly manner: Manner;
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
export const NOTHING: unique symbol = /* @__PURE__ */ Symbol('nothing');

/**
 * Answers the calls of one wrapped function: from the cache, by joining the flight under way, or by leading a new one.
 */
export class SingleFlight {
  readonly #parts: Parts;
  readonly #reporter: Reporter;
  readonly #entries: Entries<unknown> | undefined;
  /** The same where an argument may be its own key. */
  readonly #byArgument: Entries<unknown> | undefined;
  readonly #flights: Flights<Flight> | undefined;
  readonly #index: KeyIndex;
  #hasWarned = false;

  constructor(parts: Parts) {
    const { reporter, cache, keys, readRequest } = parts;
    this.#parts = parts;
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
    const { cache, keys, readRequest } = this.#parts;
    const request = readRequest?.(args);
    const key = keys.keyOf(thisArg, args, request);
    if (cache) this.#addToIndex(key, request);
    return key;
  }

  /** Removes the entries of these arguments, whatever their `this`; `true` when a live one went. */
  invalidate(thisArg: unknown, args: readonly unknown[]): boolean {
    const { cache, keys, readRequest } = this.#parts;
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
      removed = (this.#parts.cache as ResultCache).invalidate(key) || removed;
    }
    return removed;
  }

  /**
   * The short way for the usual call: one argument, which is its own key, and nobody listens. Where more is to be found
   * out it is {@link NOTHING}, as if it had not been asked.
   */
  quick(argument: unknown): unknown {
    const entries = this.#byArgument;
    if (entries === undefined || !isOwnKey(argument) || this.#reporter.hears('cache_hit')) {
      return NOTHING;
    }
    const flights = this.#flights as Flights<Flight>;
    let flight = flights.lone;
    if (flight === undefined || flight.key !== argument) {
      let value: unknown;
      let stored: boolean;
      try {
        value = entries.hit(argument);
        stored = value !== undefined || this.#wasHit(argument);
      } catch {
        // Disposed of, which `answer` tells in the way that the function's callers expect.
        return NOTHING;
      }
      if (stored) {
        value ??= entries.valueAt(entries.slot);
        if (entries.shape === Shape.PROMISE) return promised(value);
        return entries.shape === Shape.VALUE
          ? value
          : this.#given(value, entries.shapeAt(entries.slot));
      }
      flight = flights.get(argument);
    }
    const handed = flight?.handed;
    if (mayVanish() || handed === undefined || this.#reporter.hears('cache_coalesced')) {
      if (this.#reporter.refuses()) return NOTHING;
      return this.#fly(new Call(undefined, [argument], argument));
    }
    flights.join();
    flight?.addCaller();
    return handed;
  }

  /** Whether the lookup of a key has found an entry, and a live one. */
  #wasHit(key: unknown): boolean {
    const { slot } = this.#entries as Entries<unknown>;
    return slot > 0 || (slot < 0 && cacheAccess.hitSlowly(this.#parts.cache as ResultCache, key));
  }

  /** A stored result, as its function gave it. */
  #given(value: unknown, shape: Shape, wish?: Wish): unknown {
    if (shape === Shape.PROMISE) return promised(value);
    if (shape === Shape.VALUE) return value;
    const copy = SharedResponse.copyOf(value, wish?.signals);
    const later =
      shape === Shape.UNKNOWN ? this.#parts.manner.promises : shape === Shape.RESPONSE_PROMISE;
    return later ? Promise.resolve(copy) : copy;
  }

  /** The value or Promise for a call, or its error, thrown or as a rejection. */
  answer(thisArg: unknown, args: readonly unknown[], given: Wish | undefined): unknown {
    const { reporter, readRequest } = this.#parts;
    // Thrown whatever the function answers with: a listener that does not await it would leave a rejection to nobody.
    if (reporter.refuses()) {
      throw reporter.reentrant();
    }
    let request: FetchRequest | undefined;
    try {
      request = readRequest?.(args);
    } catch (error) {
      return this.#refuse(error);
    }
    return this.#answer(thisArg, args, (request && wishOf(request, given)) || given, request);
  }

  #answer(
    thisArg: unknown,
    args: readonly unknown[],
    wish: Wish | undefined,
    request: FetchRequest | undefined,
  ): unknown {
    const { reporter, keys } = this.#parts;
    const cache = request?.cacheable === false ? undefined : this.#parts.cache;
    let key: unknown;
    let stored = false;
    let missing = true;
    try {
      for (const signal of wish?.signals ?? NO_SIGNALS) if (signal.aborted) throw reasonOf(signal);
      if (cache) {
        key = keys.keyOf(thisArg, args, request);
        if (wish?.refresh) missing = !cache.has(key);
        else {
          (this.#entries as Entries<unknown>).hit(key);
          stored = this.#wasHit(key);
        }
      }
      if (this.#parts.cache && request?.onlyIfCached && !stored) {
        throw new TypeError(`No stored response for ${request.method} ${request.url}`);
      }
    } catch (error) {
      return this.#refuse(error);
    }
    if (stored) {
      const entries = this.#entries as Entries<unknown>;
      const value = entries.valueAt(entries.slot);
      const shape = entries.shapeAt(entries.slot);
      if (reporter.hears('cache_hit')) reporter.report('cache_hit', { key });
      return this.#given(value, shape, wish);
    }

    const call = new Call(thisArg, args, key, request);
    if (!cache) return this.#lead(new Flight(true), call, wish);
    return this.#fly(call, wish, missing);
  }

  /** Joins the flight under way, or leads a new one. */
  #fly(call: Call, wish?: Wish, missing = true): unknown {
    const { reporter, manner } = this.#parts;
    const { key } = call;
    const flights = this.#flights as Flights<Flight>;
    let underWay = flights.get(key);
    if (underWay?.isLost) {
      underWay.detach();
      underWay = undefined;
    }
    // The call on the stack below cannot return before this one does.
    if (underWay && !underWay.promise && !manner.promises) {
      throw reporter.reentrant('with the key that it is just being called with');
    }
    if (underWay && (!wish?.refresh || underWay.isRefresh)) {
      return this.#join(underWay, call, wish);
    }

    // A listener may change the arguments. Waiters of a call whose arguments may change do not get its Promise as it is.
    call.waited = missing && reporter.hears('cache_miss');
    const { waits, keys } = this.#parts;
    // What a request sends was copied at the call, which is when the user's function made its key.
    const isFixed = call.request !== undefined && keys.custom;
    const mayMove =
      !isFixed && (waits || call.waited) && (call.request?.mayMove || call.args.some(isObject));
    const flight = new Flight(mayMove ? false : manner.plain, key, flights, missing);
    flight.isRefresh = Boolean(wish?.refresh);
    if (mayMove) call.verifyKey = () => this.#verifyKey(flight, call);
    this.#addToIndex(key, call.request);
    try {
      if (missing) {
        cacheAccess.countMiss(this.#parts.cache as ResultCache);
        reporter.report('cache_miss', { key });
      }
      return this.#lead(flight, call, wish);
    } finally {
      // No call, for which there may be no stack left.
      flight.isLed = false;
    }
  }

  #join(flight: Flight, call: Call, wish: Wish | undefined): unknown {
    (this.#flights as Flights<Flight>).join();
    const promise = flight.board();
    this.#parts.reporter.report('cache_coalesced', { key: call.key });
    const result = this.#wait(flight, promise, call, wish);
    return follow(flight, result, () => this.#restart(call, wish)) ?? result;
  }

  /** Makes a waiter's call once more, with the key that its arguments have now. */
  #restart({ thisArg, args, request }: Call, wish: Wish | undefined): unknown {
    return this.#answer(thisArg, args, wish, request);
  }

  #addToIndex(key: unknown, request: FetchRequest | undefined): void {
    const group = this.#parts.keys.groupOf(key);
    if (group !== undefined) this.#index.add(group, key);
    if (request) this.#index.add(urlGroup(request.url), key);
  }

  /** Before the function runs after a wait: arguments with another key now are another call's. */
  #verifyKey(flight: Flight, call: Call): void {
    let isSame = false;
    try {
      const key = this.#parts.keys.keyOf(call.thisArg, call.args, call.request);
      isSame = key === call.key || Object.is(key, call.key);
    } finally {
      if (!isSame) {
        call.moved = true;
        call.storable = false;
        flight.detach();
      }
    }
  }

  /** Runs the pipeline; what it returns at once is returned at once. */
  #lead(flight: Flight, call: Call, wish: Wish | undefined): unknown {
    const { pipeline, manner } = this.#parts;
    let result: unknown;
    let promised: boolean;
    try {
      result = pipeline(call, flight.cancellation);
      call.waited = true;
      promised = isThenable(result);
      if (!promised) result = this.#succeed(flight, call, result, Shape.VALUE);
    } catch (error) {
      this.#fail(flight, call, error);
      flight.resolve?.(Promise.reject(error));
      if (!call.started) return this.#refuse(error);
      if (manner.promises) return Promise.reject(error);
      throw error;
    }
    if (!promised) {
      flight.resolve?.(result);
      const value = this.#received(result, call, wish);
      // A fallback's value takes the place of an error, and comes as that would have come.
      const asPromise = manner.promises || !(call.started || manner.throwsEarly);
      return asPromise ? Promise.resolve(value) : value;
    }
    const promise = flight.settle(
      Promise.resolve(result).then(
        (value) => this.#succeed(flight, call, value, Shape.PROMISE),
        (error) => {
          this.#fail(flight, call, error);
          if (call.moved) return new MovedResult(call, undefined, { error });
          throw error;
        },
      ),
    );
    if (flight.flights) lead(flight, promise);
    return this.#wait(flight, promise, call, wish);
  }

  #wait(
    flight: Flight,
    promise: Promise<unknown>,
    call: Call,
    wish: Wish | undefined,
  ): Promise<unknown> {
    let receive = (result: unknown) => this.#received(result, call, wish);
    if (flight.landed) {
      // One reader more from now on, without whom the others cannot call the body off.
      const copy = this.#received(flight.landed, call, wish, true);
      receive = () => copy;
    }
    if (!wish?.signals?.length) return flight.stay(promise, receive);
    return flight.waitUnless(wish.signals, promise, receive, (error) =>
      this.#reportEnd('failure', flight, call, error),
    );
  }

  /**
   * What one caller gets of a flight's result: its own copy of a response, or its own request's where that cannot be.
   * @param late the caller joined when the headers were there: if the body times out, the call may be made again
   */
  #received(result: unknown, call: Call, wish: Wish | undefined, late = false): unknown {
    const signals = wish?.signals ?? NO_SIGNALS;
    const request = () => this.#lead(new Flight(true), call.again(), wish) as Promise<unknown>;
    if (result instanceof MovedResult) {
      return result.call === call
        ? abortable(result.take(), signals, call.cancellation)
        : this.#restart(call, wish);
    }
    if (result instanceof SharedResponse) {
      const restart = async () => this.#fly(call.again(), wish, !this.#parts.cache?.has(call.key));
      // Only the leader's call has run.
      return result.copy(signals, request, call.started, late ? restart : undefined);
    }
    if (result instanceof LoneResponse) return result.take(signals, call.cancellation) ?? request();
    return abortable(result, signals, call.cancellation);
  }

  /** Ends a flight well; what comes back is what its callers share. */
  #succeed(flight: Flight, call: Call, value: unknown, shape: Shape): unknown {
    if (!flight.end()) {
      discardBody(value);
      return value;
    }
    let result = value;
    try {
      if (call.moved) {
        result = new MovedResult(call, value);
      } else if (flight.flights) {
        const kind = kindOf(value);
        this.#parts.manner.gave(value, kind !== 'plain');
        if (kind === 'plain') this.#store(flight, call, value, shape);
        else result = this.#share(flight, call, value, shape, kind);
      }
      const type = call.verdict === Verdict.FAILED ? 'failure' : 'success';
      this.#reportEnd(type, flight, call, call.error);
    } catch (error) {
      // Whatever fails after the function has answered, its callers have the result, and the key is free.
      flight.detach();
      this.#warn(error);
    }
    return result;
  }

  /** Callers join the flight of a response that is to be stored until its body is there, whole. */
  #share(flight: Flight, call: Call, value: unknown, shape: Shape, kind: ResultKind): unknown {
    const { limit } = this.#parts;
    const { maxBodySize, statuses } = this.#parts.responses;
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
          const kept = shape === Shape.VALUE ? Shape.RESPONSE : Shape.RESPONSE_PROMISE;
          if (whole) this.#store(flight, call, whole, kept);
          flight.detach();
        },
      });
    } else if (!this.#hasWarned) {
      this.#hasWarned = true;
      this.#warn(new TypeError('it can be read only once, or not be inspected'));
    }
    if (shared) flight.land(shared);
    else flight.detach();
    // Nobody expected a response of this function: its callers have but one between them, this time.
    if (flight.plain) return shared ? shared.copy(NO_SIGNALS) : value;
    return shared ?? new LoneResponse(value);
  }

  #store(flight: Flight, call: Call, value: unknown, shape: Shape): void {
    // It leaves before listeners of the cache run: for them it is stored, and not under way.
    if (!flight.detach() || !call.storable) return;
    try {
      cacheAccess.store(this.#parts.cache as ResultCache, call.key, value, shape);
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
    const { reporter } = this.#parts;
    if (!reporter.hears(type)) return;
    const duration = (systemClock.read() - flight.started) / 1_000;
    reporter.report(type, { key: call.key, error, duration });
  }

  #refuse(error: unknown): Promise<never> {
    if (this.#parts.manner.throwsEarly) throw error;
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
function wishOf(request: FetchRequest, given: Wish | undefined): Wish {
  const signals = given?.signals ?? NO_SIGNALS;
  return {
    signals: request.signal ? [...signals, request.signal] : signals,
    refresh: request.refresh || given?.refresh,
  };
}
