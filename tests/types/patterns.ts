// Compiled, never run: the patterns that came after the first, and policies. Each line that must not compile says so.
import {
  Bulkhead,
  type BulkheadMetrics,
  type BulkheadOptions,
  type CacheStats,
  type CallContext,
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitMetrics,
  type CircuitState,
  dbPolicy,
  type Health,
  type HedgeOptions,
  health,
  httpPolicy,
  llmPolicy,
  type Policy,
  type PooledPresetOptions,
  type PresetOptions,
  policy,
  queuePolicy,
  RateLimiter,
  type RateLimiterMetrics,
  type RateLimiterOptions,
  type Registered,
  Registry,
  type ResilientOptions,
  type ResultCache,
  registry,
  resilient,
  strictPolicy,
} from 'holdfast';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_ extends true>(): void {}
/** Only `any` is assignable to a type that takes no other type. */
type IsAny<T> = 0 extends 1 & T ? true : false;
/** Whether the type, or one of its members, or what it or they return, is `any`. */
type HasAny<T> = true extends
  | IsAny<T>
  | { [K in keyof T]: IsAny<T[K]> }[keyof T]
  | (T extends (...args: infer A) => infer R
      ? IsAny<A[number]> | IsAny<R> | IsAny<Awaited<R>>
      : never)
  ? true
  : false;

interface User {
  name: string;
}
async function fetchUser(id: number, fields?: readonly string[]): Promise<User> {
  return { name: `${id} ${fields}` };
}
function square(n: number): number {
  return n * n;
}
async function first<T>(items: readonly T[]): Promise<T | undefined> {
  return items[0];
}
function parse(text: string): string;
function parse(bytes: Uint8Array): number;
function parse(input: string | Uint8Array): string | number {
  return typeof input === 'string' ? input : input.length;
}

// A pattern that waits turns the result of a synchronous function into a Promise.
const limited = resilient(square, { rateLimiter: {} });
expectType<Equal<ReturnType<typeof limited>, Promise<number>>>();
const pooled = resilient(square, { bulkhead: new Bulkhead() });
expectType<Equal<ReturnType<typeof pooled>, Promise<number>>>();
const hedged = resilient(square, { hedge: { delay: '10ms' } });
expectType<Equal<ReturnType<typeof hedged>, Promise<number>>>();
expectType<Equal<Parameters<typeof hedged>, [n: number]>>();
declare const perhaps: { bulkhead?: BulkheadOptions };
const perhapsPooled = resilient(square, perhaps);
expectType<Equal<ReturnType<typeof perhapsPooled>, number | Promise<number>>>();
expectType<Equal<typeof perhapsPooled.bulkhead, Bulkhead | undefined>>();
const absent = resilient(square, { bulkhead: undefined, rateLimiter: undefined, hedge: undefined });
expectType<Equal<ReturnType<typeof absent>, number>>();
expectType<Equal<typeof absent.bulkhead, undefined>>();

// An async function keeps its signature, generics and overloads.
const patterns = { rateLimiter: {}, bulkhead: {}, hedge: { delay: 1 } };
const getUser = resilient(fetchUser, patterns);
expectType<Equal<ReturnType<typeof getUser>, Promise<User>>>();
expectType<Equal<Parameters<typeof getUser>, Parameters<typeof fetchUser>>>();
const firstOf = resilient(first, patterns);
expectType<Equal<Awaited<ReturnType<typeof firstOf<string>>>, string | undefined>>();

// A fallback of another type is one of the results; undefined is no fallback.
const userOrNull = resilient(fetchUser, { fallback: null });
expectType<Equal<ReturnType<typeof userOrNull>, Promise<User | null>>>();
expectType<Equal<Parameters<typeof userOrNull>, Parameters<typeof fetchUser>>>();
const userOrText = resilient(fetchUser, { fallback: 'none', cache: true });
expectType<Equal<ReturnType<typeof userOrText>, Promise<User | string>>>();
const userOrCount = resilient(fetchUser, { fallback: (_error: unknown, id: number) => id });
expectType<Equal<ReturnType<typeof userOrCount>, Promise<User | number>>>();
const userOrLater = resilient(fetchUser, { fallback: async () => 0n });
expectType<Equal<ReturnType<typeof userOrLater>, Promise<User | bigint>>>();
const userOrHandled = resilient(fetchUser, {
  fallback: { handler: (error: unknown) => error, fallbackOn: [TypeError, (e) => e === 1] },
});
expectType<Equal<Awaited<ReturnType<typeof userOrHandled>>, unknown>>();
const userOrTrue = resilient(fetchUser, { fallback: { handler: true } });
expectType<Equal<ReturnType<typeof userOrTrue>, Promise<User | boolean>>>();
const numberOrText = resilient(square, { fallback: 'none' });
expectType<Equal<ReturnType<typeof numberOrText>, number | string>>();
const laterOrText = resilient(square, { fallback: 'none', bulkhead: {} });
expectType<Equal<ReturnType<typeof laterOrText>, Promise<number | string>>>();
const noFallback = resilient(fetchUser, { fallback: undefined });
expectType<Equal<ReturnType<typeof noFallback>, Promise<User>>>();
// @ts-expect-error it may be null
userOrNull(1).then((one) => one.name);

// A fallback of the same type changes nothing: generics and overloads stay whole.
const userOrGuest = resilient(fetchUser, { fallback: { name: 'guest' } });
expectType<Equal<ReturnType<typeof userOrGuest>, Promise<User>>>();
const userOrMade = resilient(fetchUser, {
  fallback: (_error: unknown, id: number) => ({ name: `${id}` }),
});
expectType<Equal<ReturnType<typeof userOrMade>, Promise<User>>>();
const squareOrZero = resilient(square, { fallback: 0 });
expectType<Equal<ReturnType<typeof squareOrZero>, number>>();
const parsedOrZero = resilient(parse, { fallback: 0 });
const text: string = parsedOrZero('a');
const size: number = parsedOrZero(new Uint8Array());
// @ts-expect-error no such overload
parsedOrZero(1);
const firstOrFails = resilient(first, {
  fallback: (error: unknown): never => {
    throw error;
  },
});
expectType<Equal<Awaited<ReturnType<typeof firstOrFails<string>>>, string | undefined>>();

// Arrays and literals are of the types that they would have in a variable.
async function fetchList(): Promise<number[]> {
  return [1, 2];
}
async function fetchTagged(): Promise<{ count: number; tags: string[] }> {
  return { count: 1, tags: ['a'] };
}
const listOrEmpty = resilient(fetchList, { fallback: [] });
expectType<Equal<ReturnType<typeof listOrEmpty>, Promise<number[]>>>();
const listOrZeros = resilient(fetchList, { fallback: { handler: [0, 0] } });
expectType<Equal<ReturnType<typeof listOrZeros>, Promise<number[]>>>();
const taggedOrNot = resilient(fetchTagged, { fallback: { count: 0, tags: [] } });
expectType<Equal<ReturnType<typeof taggedOrNot>, Promise<{ count: number; tags: string[] }>>>();
const listOrTexts = resilient(fetchList, { fallback: ['none'] });
expectType<Equal<ReturnType<typeof listOrTexts>, Promise<number[] | string[]>>>();
const firstOrNone = resilient(async <T>(items: T[]) => items, { fallback: [] });
expectType<Equal<ReturnType<typeof firstOrNone<5>>, Promise<5[]>>>();
const choose = async (): Promise<'a' | 'b'> => 'b';
const choiceOrA = resilient(choose, { fallback: 'a' });
expectType<Equal<ReturnType<typeof choiceOrA>, Promise<'a' | 'b'>>>();
const choiceOrNone = resilient(choose, { fallback: (): 'none' => 'none' });
expectType<Equal<ReturnType<typeof choiceOrNone>, Promise<'a' | 'b' | 'none'>>>();
const userOrDate = resilient(fetchUser, { fallback: new Date() });
expectType<Equal<ReturnType<typeof userOrDate>, Promise<User | Date>>>();
const userOrKind = resilient(fetchUser, { fallback: { kind: 'none' } });
expectType<Equal<ReturnType<typeof userOrKind>, Promise<User | { readonly kind: 'none' }>>>();
declare const fixed: readonly string[];
const userOrFixed = resilient(fetchUser, { fallback: fixed });
expectType<Equal<ReturnType<typeof userOrFixed>, Promise<User | readonly string[]>>>();

// Typos are errors at the option.
// @ts-expect-error
resilient(fetchUser, { rateLimiter: { maxCalls: 1, perod: '1s' } });
// @ts-expect-error
resilient(fetchUser, { rateLimiter: { calls: 1 } });
resilient(fetch, { retry: { methods: ['POST'], statuses: [429] }, bulkhead: { until: 'body' } });
const retried: readonly string[] = ['POST'];
resilient(fetch, { retry: { methods: retried, statuses: undefined } });
// @ts-expect-error methods are strings
resilient(fetch, { retry: { methods: [1] } });
// @ts-expect-error statuses are numbers
resilient(fetch, { retry: { statuses: ['429'] } });
// @ts-expect-error 'end' is not accepted
resilient(fetch, { bulkhead: { until: 'end' } });
// @ts-expect-error
resilient(fetchUser, { bulkhead: { maxConcurrent: 1, maxwait: 1 } });
// @ts-expect-error
resilient(fetchUser, { bulkhead: { size: 1 } });
// @ts-expect-error
resilient(fetchUser, { hedge: { delay: 1, maxHedge: 1 } });
// @ts-expect-error the delay is needed
resilient(fetchUser, { hedge: { maxHedges: 1 } });
// @ts-expect-error no unit like that
resilient(fetchUser, { bulkhead: { maxWait: '5 minutes' } });
// @ts-expect-error no number of calls
resilient(fetchUser, { rateLimiter: { maxCalls: '5' } });
// @ts-expect-error a limiter is no bulkhead
resilient(fetchUser, { bulkhead: new RateLimiter() });
// @ts-expect-error
new Bulkhead({ maxConcurent: 1 });
// @ts-expect-error
new RateLimiter({ maxCalls: 1, wait: 1 });

// Members are there when their option is.
expectType<Equal<typeof getUser.rateLimiter, RateLimiter>>();
expectType<Equal<typeof getUser.bulkhead, Bulkhead>>();
expectType<Equal<typeof getUser.circuitBreaker, undefined>>();
expectType<Equal<typeof getUser.cache, undefined>>();
expectType<Equal<typeof userOrText.rateLimiter, undefined>>();
expectType<Equal<typeof getUser.rateLimiter.metrics, RateLimiterMetrics>>();
expectType<Equal<typeof getUser.bulkhead.metrics, BulkheadMetrics>>();
const bound = getUser.with({ refresh: true });
expectType<Equal<typeof bound.bulkhead, Bulkhead>>();
// @ts-expect-error metrics are read-only
getUser.bulkhead.metrics.active = 1;
// @ts-expect-error members are read-only
getUser.bulkhead = new Bulkhead();

// A policy keeps the signatures of what it wraps.
const api = policy({
  circuitBreaker: { failureThreshold: 2 },
  bulkhead: { maxConcurrent: 5 },
  retry: { maxAttempts: 2, retryOn: [TypeError] },
});
expectType<Equal<typeof api.circuitBreaker, CircuitBreaker>>();
expectType<Equal<typeof api.bulkhead, Bulkhead>>();
expectType<Equal<typeof api.rateLimiter, undefined>>();
const byPolicy = api(fetchUser);
expectType<Equal<ReturnType<typeof byPolicy>, Promise<User>>>();
expectType<Equal<Parameters<typeof byPolicy>, Parameters<typeof fetchUser>>>();
expectType<Equal<typeof byPolicy.circuitBreaker, CircuitBreaker>>();
expectType<Equal<typeof byPolicy.cache, undefined>>();
const firstByPolicy = api(first);
expectType<Equal<Awaited<ReturnType<typeof firstByPolicy<string>>>, string | undefined>>();
const parsedByPolicy = policy({ circuitBreaker: {} })(parse);
const textByPolicy: string = parsedByPolicy('a');
const laterByPolicy = api(square);
expectType<Equal<ReturnType<typeof laterByPolicy>, Promise<number>>>();
const fetchByPolicy = api(fetch, { cache: { ttl: '1m', statuses: [200] } });
const response: Promise<Response> = fetchByPolicy(new URL('https://example.com'), {
  method: 'GET',
});
// @ts-expect-error an argument of a wrong type
byPolicy('1');
// @ts-expect-error not a function
api('f');

// Any policy is a `Policy`, to be handed on or to be found by its name.
const wrapUsers = (given: Policy) => given(fetchUser, { cache: true });
const byAny = wrapUsers(api);
wrapUsers(policy(httpPolicy()));
wrapUsers(policy());
expectType<Equal<ReturnType<typeof byAny>, Promise<User>>>();
expectType<Equal<typeof byAny.cache, ResultCache<User>>>();
expectType<Equal<typeof byAny.bulkhead, Bulkhead | undefined>>();
registry.get<Policy>('api')?.(fetchUser);
registry.register('api', api)(fetchUser)(1);

// Options of a function are added to those of the policy, or override them.
const cachedByPolicy = api(fetchUser, { cache: { key: (id) => id.toFixed() }, fallback: null });
expectType<Equal<ReturnType<typeof cachedByPolicy>, Promise<User | null>>>();
expectType<Equal<typeof cachedByPolicy.cache, ResultCache<User>>>();
expectType<Equal<typeof cachedByPolicy.bulkhead, Bulkhead>>();
const contextual = policy({ passContext: true })(async (id: number, { signal }: CallContext) => [
  id,
  signal,
]);
expectType<Equal<Parameters<typeof contextual>, [id: number]>>();
const withoutContext = policy({ passContext: true })(fetchUser, { passContext: false });
expectType<Equal<Parameters<typeof withoutContext>, Parameters<typeof fetchUser>>>();
const nullish = policy({ fallback: null });
const orNull = nullish(fetchUser);
expectType<Equal<ReturnType<typeof orNull>, Promise<User | null>>>();
const orZero = nullish(fetchUser, { fallback: 0 });
expectType<Equal<ReturnType<typeof orZero>, Promise<User | number>>>();
api(fetchUser, { timeout: 1, retry: { retryOnResult: (user) => user.name === '' } });
// @ts-expect-error a typo in an own option
api(fetchUser, { retries: 2 });
// @ts-expect-error a typo in a field of one
api(fetchUser, { hedge: { delay: 1, hedges: 2 } });

// Options of a policy are checked as those of a function.
policy();
policy({});
// @ts-expect-error
policy({ retries: 3 });
// @ts-expect-error
policy({ bulkhead: { maxConcurrent: 1, wait: 1 } });
// @ts-expect-error
policy({ timeout: '5 minutes' });
const anyPolicy: Policy = policy();
expectType<Equal<typeof anyPolicy.bulkhead, Bulkhead | undefined>>();

// Presets are options with known fields.
const http = httpPolicy();
expectType<Equal<typeof http.retry, PresetOptions['retry']>>();
const byHttp = resilient(fetchUser, http);
expectType<Equal<ReturnType<typeof byHttp>, Promise<User>>>();
expectType<Equal<Parameters<typeof byHttp>, Parameters<typeof fetchUser>>>();
expectType<Equal<typeof byHttp.circuitBreaker, CircuitBreaker>>();
expectType<Equal<typeof byHttp.bulkhead, undefined>>();
expectType<Equal<typeof byHttp.cache, undefined>>();
const strictSquare = resilient(square, strictPolicy());
expectType<Equal<ReturnType<typeof strictSquare>, Promise<number>>>();
const byDb = resilient(fetchUser, { ...dbPolicy(), cache: true });
expectType<Equal<typeof byDb.bulkhead, Bulkhead>>();
expectType<Equal<typeof byDb.cache, ResultCache<User>>>();
const byQueue = policy(queuePolicy({ retry: { maxAttempts: 9 }, bulkhead: {} }));
expectType<Equal<typeof byQueue.bulkhead, Bulkhead>>();
expectType<Equal<typeof byQueue.circuitBreaker, CircuitBreaker>>();
const byLlm = policy(llmPolicy({ cache: { ttl: '1h' }, timeout: { total: '1m' } }))(fetchUser);
expectType<Equal<typeof byLlm.cache, ResultCache<User>>>();
expectType<Equal<typeof byLlm.bulkhead, Bulkhead>>();
expectType<Equal<ReturnType<typeof byLlm>, Promise<User>>>();
const preset: PresetOptions = httpPolicy();
const pooledPreset: PooledPresetOptions = dbPolicy({ bulkhead: { maxConcurrent: 2 } });
const shared = httpPolicy({ circuitBreaker: new CircuitBreaker(), name: 'shared' });
const bySharedBreaker = resilient(fetchUser, shared);
expectType<Equal<typeof bySharedBreaker.circuitBreaker, CircuitBreaker>>();
// @ts-expect-error no such option
httpPolicy({ retries: 3 });
// @ts-expect-error a value of a wrong type
dbPolicy({ bulkhead: { maxConcurrent: '3' } });
// @ts-expect-error no unit like that
llmPolicy({ timeout: '5 minutes' });

// A registry returns what it keeps, and makes policies of options.
const registeredFunction = registry.register('getUser', getUser);
expectType<Equal<typeof registeredFunction, typeof getUser>>();
const registeredPolicy = registry.register('api', anyPolicy);
expectType<Equal<typeof registeredPolicy, Policy>>();
const registeredBound = registry.register('bound', cachedByPolicy.with({ refresh: true }));
expectType<Equal<typeof registeredBound.cache, ResultCache<User>>>();
const registeredContext = registry.register('contextual', contextual);
expectType<Equal<typeof registeredContext, typeof contextual>>();
const madePolicy = registry.register('db', { bulkhead: { maxConcurrent: 3 }, circuitBreaker: {} });
expectType<Equal<typeof madePolicy.bulkhead, Bulkhead>>();
expectType<Equal<typeof madePolicy.circuitBreaker, CircuitBreaker>>();
expectType<Equal<typeof madePolicy.rateLimiter, undefined>>();
const byMadePolicy = madePolicy(fetchUser, { cache: true });
expectType<Equal<ReturnType<typeof byMadePolicy>, Promise<User>>>();
expectType<Equal<typeof byMadePolicy.cache, ResultCache<User>>>();
const ofPreset = new Registry().register('http', httpPolicy());
expectType<Equal<typeof ofPreset.circuitBreaker, CircuitBreaker>>();
const registered = registry.get('getUser');
expectType<Equal<typeof registered, Registered | undefined>>();
const breakerState: CircuitState | undefined = registered?.circuitBreaker?.state;
expectType<Equal<typeof registry.names, readonly string[]>>();
const forgotten: boolean = registry.unregister('getUser');
// @ts-expect-error the list cannot be changed
registry.names.push('more');
// @ts-expect-error a name
registry.register(1, getUser);
// @ts-expect-error no member
registry.register('text', 'text');

// Health is data with optional fields.
const report = health(new Registry());
expectType<Equal<typeof report, Record<string, Health>>>();
const one: Health | undefined = health().db;
expectType<Equal<Health['circuitBreaker'], CircuitMetrics | undefined>>();
expectType<Equal<Health['rateLimiter'], RateLimiterMetrics | undefined>>();
expectType<Equal<Health['bulkhead'], BulkheadMetrics | undefined>>();
expectType<Equal<Health['cache'], CacheStats | undefined>>();
expectType<Equal<Health['caches'], Readonly<Record<string, CacheStats>> | undefined>>();
const hits: number | undefined = one?.caches?.query?.hits;
// @ts-expect-error it may be absent
one?.bulkhead.active;
// @ts-expect-error not a registry
health({});

// Nothing is `any`.
expectType<Equal<HasAny<unknown[]>, false>>();
// biome-ignore lint/suspicious/noExplicitAny: to show that it is found
expectType<Equal<HasAny<{ a: any }>, true>>();
// biome-ignore lint/suspicious/noExplicitAny: to show that it is found
expectType<Equal<HasAny<() => Promise<any>>, true>>();
// Parameters of functions among the options are inferred, though nothing else is given.
const standIn = resilient(fetchUser, { fallback: (_error, id) => ({ name: id.toFixed() }) });
expectType<Equal<ReturnType<typeof standIn>, Promise<User>>>();
resilient(fetchUser, { onEvent: (event) => event.type });
resilient(fetchUser, { retry: { retryOnResult: (user) => user.name === '' } });
policy({})(fetchUser, { cache: { key: (id) => id.toFixed() } });
resilient(fetchUser, {
  name: 'x',
  fallback: { handler: (_error, id) => ({ name: id.toFixed() }) },
});

// The type of a preset is known where it is used.
resilient(fetchUser, httpPolicy({ timeout: '5s' }));
policy(llmPolicy({ timeout: 60 }));
const overHttp = resilient(fetchUser, httpPolicy());
expectType<Equal<typeof overHttp.cache, undefined>>();
const overHttpPolicy = policy(httpPolicy());
expectType<Equal<typeof overHttpPolicy.bulkhead, undefined>>();

// A registry knows the types of its members.
const retrying = policy({ circuitBreaker: {}, retry: {} });
const kept = registry.register('retrying', retrying);
expectType<Equal<typeof kept, typeof retrying>>();
const patient = kept(square);
expectType<Equal<ReturnType<typeof patient>, Promise<number>>>();
const member: Registered = retrying;

// @ts-expect-error: no such option
httpPolicy({ name: 'x', retrys: 3 });
// @ts-expect-error: no such option
httpPolicy({ retry: { maxAttempts: 3, maxAttempt: 3 } });
// @ts-expect-error: no such option
registry.register('x', { retrys: 1 });
// @ts-expect-error: neither function, policy nor options
registry.register('x', new Date());
// @ts-expect-error: not error classes
resilient(fetchUser, { fallback: { handler: 1, fallbackOn: 'TypeError' } });

expectType<
  Equal<
    | HasAny<typeof getUser>
    | HasAny<typeof userOrMade>
    | HasAny<typeof userOrHandled>
    | HasAny<typeof byPolicy>
    | HasAny<typeof cachedByPolicy>
    | HasAny<typeof byLlm>
    | HasAny<typeof api>
    | HasAny<typeof madePolicy>
    | HasAny<typeof anyPolicy>
    | HasAny<Registered>
    | HasAny<Registry>
    | HasAny<typeof health>
    | HasAny<typeof policy>
    | HasAny<typeof shared>
    | HasAny<ResilientOptions>
    | HasAny<PooledPresetOptions>
    | HasAny<CircuitBreakerOptions>
    | HasAny<RateLimiterOptions>
    | HasAny<BulkheadOptions>
    | HasAny<HedgeOptions>
    | HasAny<Health>
    | HasAny<Bulkhead>
    | HasAny<RateLimiter>,
    false
  >
>();

export {
  breakerState,
  forgotten,
  hits,
  member,
  pooledPreset,
  preset,
  response,
  size,
  text,
  textByPolicy,
};
