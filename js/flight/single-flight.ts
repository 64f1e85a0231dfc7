import { cacheAccess, type ResultCache, Shape } from '../cache/result-cache.ts';
import { ResilienceError } from '../errors/resilience-error.ts';
import { EventType } from '../events/event-type.ts';
import type { Reporter } from '../events/reporter.ts';
import { warn } from '../events/warn.ts';
import { systemClock } from '../time/clock.ts';
import { Call } from './call.ts';
import type { CallKeys } from './call-keys.ts';
import { Flight } from './flight.ts';
import type { Manner } from './manner.ts';
import type { Run } from './pipeline.ts';
import { isThenable } from './thenable.ts';

/** What a caller asks for beside the arguments. */
export interface Wish {
  /** The caller leaves when it aborts. */
  readonly signal?: AbortSignal | undefined;
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
}

/** A listener may call the function, and a listener of that call again, but not on and on. */
const DEEPEST_ANSWER = 50;

/** Answers the calls of one wrapped function: from the cache, by joining the flight under way, or by leading a new one. */
export class SingleFlight {
  readonly #reporter: Reporter;
  readonly #pipeline: Run;
  readonly #cache: ResultCache | undefined;
  readonly #keys: CallKeys;
  readonly #manner: Manner;

  constructor({ reporter, pipeline, cache, keys, manner }: Parts) {
    this.#reporter = reporter;
    this.#pipeline = pipeline;
    this.#cache = cache;
    this.#keys = keys;
    this.#manner = manner;
  }

  /** The value or Promise for a call, or its error, thrown or as a rejection. */
  answer(thisArg: unknown, args: readonly unknown[], wish: Wish | undefined): unknown {
    if (this.#reporter.depth > DEEPEST_ANSWER) throw this.#reentrant();
    if (wish?.signal?.aborted) return this.#refuse(wish.signal.reason);
    const cache = this.#cache;
    if (!cache) return this.#lead(new Flight(), new Call(thisArg, args, undefined), wish);

    let key: unknown;
    let slot = 0;
    let missing = true;
    try {
      key = this.#keys.keyOf(thisArg, args);
      if (wish?.refresh) missing = !cache.has(key);
      else slot = cacheAccess.hit(cache, key);
    } catch (error) {
      return this.#refuse(error);
    }
    if (slot !== 0) return this.#stored(cache, slot, key);

    const flights = cacheAccess.flights(cache) as Map<unknown, Flight>;
    const underWay = flights.get(key);
    if (underWay && !underWay.promise && !this.#manner.promises) throw this.#reentrant();
    if (underWay && !wish?.refresh) return this.#join(cache, underWay, key, wish);

    const flight = new Flight(key, flights);
    if (missing) {
      cacheAccess.countMiss(cache);
      this.#reporter.report(EventType.CACHE_MISS, { key });
    }
    return this.#lead(flight, new Call(thisArg, args, key), wish);
  }

  #stored(cache: ResultCache, slot: number, key: unknown): unknown {
    const value = cacheAccess.valueAt(cache, slot);
    const shape = cacheAccess.shapeAt(cache, slot);
    if (this.#reporter.hears(EventType.CACHE_HIT)) {
      this.#reporter.report(EventType.CACHE_HIT, { key });
    }
    const promised = shape === Shape.UNKNOWN ? this.#manner.promises : shape === Shape.PROMISE;
    return promised ? Promise.resolve(value) : value;
  }

  #join(cache: ResultCache, flight: Flight, key: unknown, wish: Wish | undefined): unknown {
    cacheAccess.countCoalesced(cache);
    flight.board();
    const promise = flight.promiseEarly();
    this.#reporter.report(EventType.CACHE_COALESCED, { key });
    return this.#wait(flight, promise, key, wish);
  }

  /** What is on the stack below will not return before this call does. */
  #reentrant(): ResilienceError {
    const { functionName } = this.#reporter;
    return new ResilienceError(
      `${functionName} was called with the key that it is just being called with`,
      'REENTRANT_CALL',
      { functionName },
    );
  }

  /** Runs the pipeline; what it returns at once is returned at once. */
  #lead(flight: Flight, call: Call, wish: Wish | undefined): unknown {
    let result: unknown;
    let promised: boolean;
    try {
      result = this.#pipeline(call, flight.cancellation);
      promised = isThenable(result);
      if (!promised) this.#succeed(flight, call, result, Shape.VALUE);
    } catch (error) {
      this.#fail(flight, call, error);
      flight.settleEarly(() => Promise.reject(error));
      if (!call.started) return this.#refuse(error);
      if (this.#manner.promises) return Promise.reject(error);
      throw error;
    }
    if (!promised) {
      flight.settleEarly(() => Promise.resolve(result));
      return result;
    }
    const promise = flight.settle(
      Promise.resolve(result).then(
        (value) => {
          this.#succeed(flight, call, value, Shape.PROMISE);
          return value;
        },
        (error) => {
          this.#fail(flight, call, error);
          throw error;
        },
      ),
    );
    return this.#wait(flight, promise, call.key, wish);
  }

  #wait(
    flight: Flight,
    promise: Promise<unknown>,
    key: unknown,
    wish: Wish | undefined,
  ): Promise<unknown> {
    if (!wish?.signal) return flight.stay(promise);
    return flight.waitUnless(wish.signal, promise, (error) => {
      const duration = secondsSince(flight.started);
      this.#reporter.report(EventType.FAILURE, { key, error, duration });
    });
  }

  #succeed(flight: Flight, call: Call, value: unknown, shape: Shape): void {
    if (!flight.end()) return;
    try {
      if (this.#cache && flight.attached && call.acceptable) {
        cacheAccess.store(this.#cache, call.key, value, shape);
      }
    } catch (error) {
      // No memory, or a clock that fails: the callers have their result all the same.
      warn(`A result of ${this.#reporter.functionName} could not be stored`, error);
    }
    flight.detach();
    const type = call.acceptable ? EventType.SUCCESS : EventType.FAILURE;
    this.#reporter.report(type, { key: call.key, duration: secondsSince(flight.started) });
  }

  #fail(flight: Flight, call: Call, error: unknown): void {
    if (!flight.end()) return;
    flight.detach();
    const duration = secondsSince(flight.started);
    this.#reporter.report(EventType.FAILURE, { key: call.key, error, duration });
  }

  #refuse(error: unknown): Promise<never> {
    if (this.#manner.throwsEarly) throw error;
    return Promise.reject(error);
  }
}

function secondsSince(started: number): number {
  return (systemClock.read() - started) / 1_000;
}
