// Compiled, never run: `false` turns a pattern off, `true` takes its defaults.
import { type Bulkhead, type CircuitBreaker, policy, ResultCache, resilient } from 'holdfast';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_ extends true>(): void {}

declare const needed: boolean;
const square = (n: number) => n * n;

const off = resilient(square, {
  cache: false,
  circuitBreaker: false,
  rateLimiter: false,
  bulkhead: false,
  retry: false,
  timeout: false,
  hedge: false,
});
expectType<Equal<ReturnType<typeof off>, number>>();
expectType<Equal<typeof off.cache, undefined>>();
expectType<Equal<typeof off.circuitBreaker, undefined>>();
expectType<Equal<typeof off.rateLimiter, undefined>>();
expectType<Equal<typeof off.bulkhead, undefined>>();

const on = resilient(square, { cache: true, circuitBreaker: true, bulkhead: true });
expectType<Equal<ReturnType<typeof on>, Promise<number>>>();
expectType<Equal<typeof on.cache, ResultCache<number>>>();
expectType<Equal<typeof on.circuitBreaker, CircuitBreaker>>();
expectType<Equal<typeof on.bulkhead, Bulkhead>>();
const limited = resilient(square, { rateLimiter: true });
expectType<Equal<ReturnType<typeof limited>, Promise<number>>>();
const timed = resilient(square, { timeout: true });
expectType<Equal<ReturnType<typeof timed>, Promise<number>>>();
const retried = resilient(square, { retry: true });
expectType<Equal<ReturnType<typeof retried>, Promise<number>>>();

const perhaps = resilient(square, { cache: needed, retry: needed && { maxAttempts: 2 } });
expectType<Equal<ReturnType<typeof perhaps>, number | Promise<number>>>();
expectType<Equal<typeof perhaps.cache, ResultCache<number> | undefined>>();
const unless = resilient(square, {
  circuitBreaker: needed && { failureThreshold: 2 },
  bulkhead: needed,
});
expectType<Equal<typeof unless.circuitBreaker, CircuitBreaker | undefined>>();
expectType<Equal<typeof unless.bulkhead, Bulkhead | undefined>>();

const api = policy({ circuitBreaker: true, bulkhead: false, retry: true });
expectType<Equal<typeof api.circuitBreaker, CircuitBreaker>>();
expectType<Equal<typeof api.bulkhead, undefined>>();
const quick = api(square, { retry: false });
expectType<Equal<ReturnType<typeof quick>, number>>();

// A function with the signature of fetch returns Promises, even if it is synchronous; alone, `http` changes nothing.
const respond = (_url: string) => new Response();
const mocked = resilient(respond, { http: true, cache: true });
expectType<Equal<ReturnType<typeof mocked>, Promise<Response>>>();
const perhapsHttp = resilient(respond, { http: needed, circuitBreaker: {} });
expectType<Equal<ReturnType<typeof perhapsHttp>, Response | Promise<Response>>>();
const mockedAlone = resilient(respond, { http: true, onEvent: () => {} });
expectType<Equal<ReturnType<typeof mockedAlone>, Response>>();
const noHttp = resilient(respond, { http: false, cache: true });
expectType<Equal<ReturnType<typeof noHttp>, Response>>();

// For a fallback they are values.
const orFalse = resilient(square, { fallback: false });
expectType<Equal<ReturnType<typeof orFalse>, number | boolean>>();

// @ts-expect-error a hedge needs its delay
resilient(square, { hedge: true });
// @ts-expect-error a typo in what may be off
resilient(square, { retry: needed && { maxAttempt: 2 } });
// @ts-expect-error no number is a switch
resilient(square, { cache: 1 });

// Predicates are synchronous.
// @ts-expect-error
resilient(square, { retry: { retryOn: async () => true } });
// @ts-expect-error
resilient(square, { retry: { retryOn: [TypeError, async () => true] } });
// @ts-expect-error
resilient(square, { retry: { ignoreOn: async () => true } });
// @ts-expect-error
resilient(square, { retry: { retryOnResult: async (n: number) => n > 1 } });
// @ts-expect-error
resilient(square, { circuitBreaker: { errorTypes: async () => true } });
// @ts-expect-error
resilient(square, { circuitBreaker: { ignoreOn: async () => true } });
// @ts-expect-error
resilient(square, { fallback: { handler: 0, fallbackOn: async () => true } });

// A shared cache takes the results.
resilient(square, { cache: new ResultCache<number>() });
resilient(square, { cache: new ResultCache<number | string>() });
resilient(square, { cache: new ResultCache() });
resilient(async <T>(item: T) => item, { cache: new ResultCache<string>() });
policy({ cache: new ResultCache<string>() });
// @ts-expect-error of other values
resilient(square, { cache: new ResultCache<string>() });
