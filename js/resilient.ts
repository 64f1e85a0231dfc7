import { CACHE_FIELDS } from './cache/cache-options.ts';
import { ResultCache } from './cache/result-cache.ts';
import { Reporter } from './events/reporter.ts';
import { type CallKeys, callKeys, customKeys } from './flight/call-keys.ts';
import { Manner } from './flight/manner.ts';
import { compose, type Run } from './flight/pipeline.ts';
import { SingleFlight } from './flight/single-flight.ts';
import { isThenable } from './flight/thenable.ts';
import { Options, wrongKind } from './options/check.ts';
import { breakerAccess, CircuitBreaker } from './patterns/circuit-breaker.ts';
import { circuitBreakerLayer, circuitObserver } from './patterns/circuit-breaker-layer.ts';
import { retryLayer } from './patterns/retry.ts';
import { timeoutLayers } from './patterns/timeout.ts';
import type { AnyFunction, Checked, Resilient, ResilientOptions } from './types.ts';
import { wrap } from './wrapper.ts';

const FIELDS = [
  'name',
  'cache',
  'circuitBreaker',
  'retry',
  'timeout',
  'onEvent',
  'passContext',
  'sync',
];

/**
 * Wraps a function: the same calls, answered from a cache, joined while one is under way, tried again, given up, or
 * refused, as the options say. Each pattern is off until it is configured.
 *
 * A call passes, in this order: cache, circuit breaker, total timeout, retry, timeout of the attempt, the function.
 *
 * @example
 * const getUser = resilient(fetchUser, { cache: { ttl: '5m' }, retry: { maxAttempts: 3 }, timeout: '2s' });
 * await getUser(42);
 *
 * @throws TypeError for an option of a wrong kind or of an unknown name
 * @throws RangeError for a wrong value
 */
export function resilient<F extends AnyFunction, const O extends ResilientOptions<F> = object>(
  fn: F,
  options?: O & Checked<O>,
): Resilient<F, O> {
  if (typeof fn !== 'function') throw wrongKind('fn', 'a function', fn);
  const given = new Options(options === undefined ? {} : options, '', FIELDS);
  const name = given.string('name', fn.name || 'anonymous');
  const reporter = new Reporter(name, given.function('onEvent'));
  const passContext = given.boolean('passContext', false);
  const sync = given.boolean('sync', false);

  const retry = retryLayer(given.read('retry'), reporter);
  const timeout = timeoutLayers(given.read('timeout'), reporter);
  const waits = Boolean(retry ?? timeout.total ?? timeout.attempt);
  const answersLater = waits || isAsyncFunction(fn);
  if (sync && answersLater) {
    const why = waits ? 'with retry or timeout, which have to wait' : 'for an async function';
    throw new TypeError(`sync cannot be true ${why}`);
  }
  const circuitBreaker = readBreaker(given.read('circuitBreaker'));
  const { cache, keys } = readCache(given.read('cache'));

  const manner = new Manner(answersLater, sync);
  const pipeline = compose(
    [
      circuitBreaker && circuitBreakerLayer(circuitBreaker, reporter),
      timeout.total,
      retry,
      timeout.attempt,
    ],
    invocation(fn, passContext, manner),
  );
  const observer = circuitBreaker && circuitObserver(reporter);
  if (circuitBreaker && observer) breakerAccess.observe(circuitBreaker, observer);

  const flights = new SingleFlight({ reporter, pipeline, cache, keys, manner });
  const forwards = !(cache || circuitBreaker || waits || passContext);
  return wrap({ fn, flights, forwards, reporter, cache, circuitBreaker, keys, observer });
}

/** The innermost run: calls the function, and learns how it answers. */
function invocation(fn: AnyFunction, passContext: boolean, manner: Manner): Run {
  return (call, cancellation) => {
    let args = call.args as unknown[];
    if (passContext) {
      const at = Math.max(fn.length - 1, args.length);
      args = [...args];
      args.length = at;
      args[at] = { signal: cancellation.signal, attempt: call.attempt, key: call.key };
    }
    call.started = true;
    const result = Reflect.apply(fn as (...args: unknown[]) => unknown, call.thisArg, args);
    manner.saw(isThenable(result));
    return result;
  };
}

function readCache(given: unknown): { cache: ResultCache | undefined; keys: CallKeys } {
  if (given === undefined) return { cache: undefined, keys: callKeys(false) };
  if (given instanceof ResultCache) return { cache: given, keys: callKeys(true) };
  if (given === true) return { cache: new ResultCache(), keys: callKeys(false) };
  if (typeof given !== 'object') {
    throw wrongKind('cache', 'true, options such as { ttl: 60 }, or a ResultCache', given);
  }
  const options = new Options(given, 'cache', [...CACHE_FIELDS, 'key']);
  const key = options.function<(...args: never[]) => unknown>('key');
  const cache = new ResultCache({
    maxSize: options.read('maxSize') as number,
    ttl: options.read('ttl') as number,
    clock: options.read('clock') as { now(): number },
  });
  return { cache, keys: key ? customKeys(key) : callKeys(false) };
}

function readBreaker(given: unknown): CircuitBreaker | undefined {
  if (given === undefined || given instanceof CircuitBreaker) return given;
  return new CircuitBreaker(given as object);
}

function isAsyncFunction(fn: AnyFunction): boolean {
  return Object.prototype.toString.call(fn) === '[object AsyncFunction]';
}
