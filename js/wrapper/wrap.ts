import { cacheAccess, type ResultCache } from '../cache/result-cache.ts';
import { isAbortSignal } from '../events/on-abort.ts';
import { INSPECT, type Inspect } from '../events/printed-event.ts';
import type { Reporter } from '../events/reporter.ts';
import type { CallOptions } from '../flight/call-options.ts';
import { NOT_HANDLED } from '../flight/fast-path.ts';
import { forward } from '../flight/forward.ts';
import type { SingleFlight } from '../flight/single-flight.ts';
import type { GlobalFetch } from '../http/global-fetch.ts';
import { Options, wrongKind } from '../options/check.ts';
import type { Bulkhead } from '../patterns/bulkhead/bulkhead.ts';
import type {
  CircuitBreaker,
  CircuitObserver,
} from '../patterns/circuit-breaker/circuit-breaker.ts';
import type { RateLimiter } from '../patterns/rate-limiter/rate-limiter.ts';
import type { AnyFunction, WithOptions } from './types.ts';

/** What the function that users get is made of. */
export interface WrapperParts {
  readonly fn: AnyFunction;
  /** As the user gave them, for Node to print. */
  readonly options: object | undefined;
  readonly flights: SingleFlight;
  /** No pattern is on: a call goes straight to the function, unless somebody listens. */
  readonly forwards: boolean;
  /** Each call returns a Promise of its own. */
  readonly fresh: boolean;
  readonly reporter: Reporter;
  readonly cache: ResultCache | undefined;
  readonly circuitBreaker: CircuitBreaker | undefined;
  readonly rateLimiter: RateLimiter | undefined;
  readonly bulkhead: Bulkhead | undefined;
  /** Where the function is the global `fetch`. */
  readonly globalFetch: GlobalFetch | undefined;
  /** `this` for the function, whatever it is called on. */
  readonly receiver: Receiver | undefined;
  /** Held here because the breaker holds it weakly. */
  readonly observer: CircuitObserver | undefined;
}

interface Receiver {
  readonly thisArg: unknown;
}

interface BoundOptions extends CallOptions {
  readonly receiver?: Receiver | undefined;
}

/** The function that users call, with its members; `with` makes another one of the same parts. */
export function wrap<Wrapped>(parts: WrapperParts, bound?: BoundOptions): Wrapped {
  const { fn, flights, forwards, fresh, reporter, cache, globalFetch } = parts;
  const { circuitBreaker, rateLimiter, bulkhead } = parts;
  const { fastPath } = flights;
  const { listeners } = reporter;
  const receiver = bound?.receiver ?? parts.receiver;

  function general(this: unknown, ...args: unknown[]): unknown {
    const thisArg = receiver ? receiver.thisArg : this;
    if (globalFetch?.isLoop(args)) return globalFetch.callWrapped(args);
    if (forwards && !bound?.signals) {
      return forward(globalFetch?.call ?? fn, thisArg, args, reporter, fresh);
    }
    return flights.answer(thisArg, args, bound);
  }

  function wrapped(this: unknown, first: unknown): unknown {
    // biome-ignore-start lint/complexity/noArguments: rest parameters would be an array for every hit
    if (arguments.length === 1 && this === undefined && !bound) {
      const answer = fastPath.tryHit(first);
      if (answer !== NOT_HANDLED) return answer;
    }
    return general.apply(this, arguments as never);
    // biome-ignore-end lint/complexity/noArguments: only here
  }

  const members = {
    cache,
    circuitBreaker,
    rateLimiter,
    bulkhead,
    makeKey: (...args: unknown[]) => flights.keyOf(receiver?.thisArg, args),
    invalidate: (...args: unknown[]) => flights.invalidate(receiver?.thisArg, args),
    addEventListener: listeners.add.bind(listeners),
    removeEventListener: listeners.remove.bind(listeners),
    with: (options?: WithOptions) => wrap(parts, readWith(options, bound)),
  };
  for (const [name, value] of Object.entries({ name: fn.name, length: fn.length, ...members })) {
    const descriptor = { __proto__: null, value, configurable: true };
    Object.defineProperty(wrapped, name, descriptor);
  }
  const print = (_depth: number, options: object, inspect: Inspect) =>
    `[Function: ${reporter.functionName}] ${inspect(patternsOf(parts), options)}`;
  const descriptor = { __proto__: null, value: print };
  Object.defineProperty(wrapped, INSPECT, descriptor);
  return wrapped as Wrapped;
}

/** The options of a wrapped function as Node prints them, and how what they made is now. */
function patternsOf(parts: WrapperParts): object {
  const { options, cache, circuitBreaker, rateLimiter, bulkhead } = parts;
  const entries = cache && cacheAccess(cache).entries;
  const patterns = {
    ...options,
    cache: entries && `${entries.index.size} of ${entries.maxSize}`,
    circuitBreaker: circuitBreaker?.state,
    rateLimiter: rateLimiter?.metrics,
    bulkhead: bulkhead?.metrics,
  };
  return Object.fromEntries(Object.entries(patterns).filter(([, value]) => value !== undefined));
}

/** @throws TypeError */
function readWith(given: WithOptions | undefined, bound: BoundOptions | undefined): BoundOptions {
  const options = new Options(given, 'with', ['signal', 'refresh', 'thisArg']);
  const signal = options.read('signal');
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw wrongKind('with.signal', 'an AbortSignal', signal);
  }
  const refresh = options.boolean('refresh', bound?.refresh);
  const thisArg = options.read('thisArg');
  return {
    signals: signal ? [signal] : bound?.signals,
    refresh,
    receiver: thisArg === undefined ? bound?.receiver : { thisArg },
  };
}
