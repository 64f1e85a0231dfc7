import { cacheAccess, type ResultCache } from '../cache/result-cache.ts';
import { checkTags, TAG } from '../cache/tags.ts';
import { isAbortSignal } from '../events/on-abort.ts';
import { INSPECT, type Inspect } from '../events/printed-event.ts';
import type { Reporter } from '../events/reporter.ts';
import type { CallOptions } from '../flight/call-options.ts';
import { NOT_HANDLED } from '../flight/fast-path.ts';
import { forward } from '../flight/forward.ts';
import type { SingleFlight } from '../flight/single-flight.ts';
import type { GlobalFetch } from '../http/global-fetch.ts';
import { Options, wrongKind } from '../options/check.ts';
import type { SharedInstances } from '../patterns/pattern-options.ts';
import { bareCopy } from '../platform/property.ts';
import type { AnyFunction } from './any-function.ts';
import type { WithOptions } from './options.ts';

/** The parts of a wrapped function. */
export interface WrapperParts {
  readonly fn: AnyFunction;
  /** The user's options, for Node to print. */
  readonly options: object | undefined;
  readonly flights: SingleFlight;
  /** No pattern is on: calls go straight to the function. */
  readonly forwards: boolean;
  /** Each call returns a new Promise. */
  readonly fresh: boolean;
  readonly reporter: Reporter;
  readonly cache: ResultCache | undefined;
  readonly shared: Partial<SharedInstances>;
  /** For a function that is the global `fetch`. */
  readonly globalFetch: GlobalFetch | undefined;
  /** `this` for the function; `undefined` for the `this` of each call. */
  readonly receiver: Receiver | undefined;
}

interface Receiver {
  readonly thisArg: unknown;
}

interface BoundOptions extends CallOptions {
  readonly receiver?: Receiver | undefined;
}

/** Describes one member after the other. To make an object without a prototype for each took most of the time. */
const descriptor = /* @__PURE__ */ bareCopy<PropertyDescriptor>({ configurable: true });

/** Makes the wrapped function, with its members. `with` makes another one of the same parts. */
export function wrap<Wrapped>(parts: WrapperParts, bound?: BoundOptions): Wrapped {
  const { fn, flights, forwards, fresh, reporter, cache, shared, globalFetch } = parts;
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
    // biome-ignore-start lint/complexity/noArguments: rest parameters would allocate an array for every hit
    if (arguments.length === 1 && this === undefined && !bound) {
      const answer = fastPath.tryHit(first);
      if (answer !== NOT_HANDLED) return answer;
    }
    return general.apply(this, arguments as never);
    // biome-ignore-end lint/complexity/noArguments: only here
  }

  const members = {
    name: fn.name,
    length: fn.length,
    cache,
    ...shared,
    makeKey: (...args: unknown[]) => flights.keyOf(receiver?.thisArg, args),
    invalidate: (...args: unknown[]) => flights.invalidate(receiver?.thisArg, args),
    expire: (...args: unknown[]) => flights.expire(receiver?.thisArg, args),
    put: (args: unknown[], value: unknown, options?: unknown) =>
      flights.put(receiver?.thisArg, args, value, options),
    clear: () => flights.clear(),
    invalidateTag: (...tags: string[]) => flights.endTagged(checkTags(TAG, tags), false),
    expireTag: (...tags: string[]) => flights.endTagged(checkTags(TAG, tags), true),
    addEventListener: listeners.add.bind(listeners),
    removeEventListener: listeners.remove.bind(listeners),
    with: (options?: WithOptions) => wrap(parts, readWith(options, bound)),
    [INSPECT]: (_depth: number, options: object, inspect: Inspect) =>
      `[Function: ${reporter.functionName}] ${inspect(printed(parts), options)}`,
  };
  for (const name of Reflect.ownKeys(members)) {
    const value = members[name as keyof typeof members];
    descriptor.value = value;
    Object.defineProperty(wrapped, name, descriptor);
  }
  descriptor.value = undefined;
  return wrapped as Wrapped;
}

/** The options as Node prints them, with the current state of the cache and of the shared instances. */
function printed({ options, cache, shared }: WrapperParts): object {
  const entries = cache && cacheAccess.partsOf(cache).entries;
  const patterns: Record<string, unknown> = {
    ...options,
    cache: entries && `${entries.index.size} of ${entries.maxSize}`,
  };
  for (const [option, instance] of Object.entries(shared)) {
    patterns[option] = instance && ('state' in instance ? instance.state : instance.metrics);
  }
  return Object.fromEntries(Object.entries(patterns).filter(([, value]) => value !== undefined));
}

/** @throws TypeError */
function readWith(options: WithOptions | undefined, bound: BoundOptions | undefined): BoundOptions {
  const reader = new Options(options, 'with', ['signal', 'refresh', 'thisArg']);
  const signal = reader.readField('signal');
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw wrongKind('with.signal', 'an AbortSignal', signal);
  }
  const refresh = reader.readBoolean('refresh', bound?.refresh);
  const thisArg = reader.readField('thisArg');
  return {
    signals: signal ? [signal] : bound?.signals,
    refresh,
    receiver: thisArg === undefined ? bound?.receiver : { thisArg },
  };
}
