// Compiled, never run: what users see in their editor. Each line that must not compile says so.
import {
  type AnyFunction,
  type AnyResilienceEvent,
  type CallContext,
  type Checked,
  CircuitBreaker,
  EventType,
  type ResilienceEvent,
  type ResilientOptions,
  ResultCache,
  resilient,
} from 'holdfast';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_ extends true>(): void {}

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

// An async function keeps its signature with any pattern.
const getUser = resilient(fetchUser, {
  cache: { ttl: '5m' },
  retry: { maxAttempts: 2 },
  timeout: 1,
});
expectType<Equal<ReturnType<typeof getUser>, Promise<User>>>();
expectType<Equal<Parameters<typeof getUser>, Parameters<typeof fetchUser>>>();
getUser(1, ['name']);
// @ts-expect-error an argument of a wrong type
getUser('1');
// @ts-expect-error too many arguments
getUser(1, [], 2);

// Generics and overloads stay whole.
const firstOf = resilient(first, { cache: true, timeout: '1s' });
expectType<Equal<Awaited<ReturnType<typeof firstOf<string>>>, string | undefined>>();
const parsed = resilient(parse, { cache: true });
const text: string = parsed('a');
const size: number = parsed(new Uint8Array());
// @ts-expect-error no such overload
parsed(1);

// A synchronous function stays synchronous unless a pattern waits.
expectType<Equal<ReturnType<typeof square>, number>>();
const cachedSquare = resilient(square, { cache: true, circuitBreaker: {} });
const sum: number = cachedSquare(1) + cachedSquare.with({ refresh: true })(2);
const patientSquare = resilient(square, { retry: {} });
expectType<Equal<ReturnType<typeof patientSquare>, Promise<number>>>();
const timedSquare = resilient(square, { timeout: '1s' });
expectType<Equal<ReturnType<typeof timedSquare>, Promise<number>>>();
const plainSquare = resilient(square);
expectType<Equal<ReturnType<typeof plainSquare>, number>>();

// Members are there when their option is.
getUser.cache.get('key')?.name;
const stats: number = cachedSquare.cache.stats.hitRate;
expectType<Equal<typeof plainSquare.cache, undefined>>();
expectType<Equal<typeof getUser.circuitBreaker, undefined>>();
const state: 'closed' | 'open' | 'half-open' = cachedSquare.circuitBreaker.state;
const gone: boolean = getUser.invalidate(1);
// @ts-expect-error the arguments of the function
getUser.invalidate('1');
getUser.makeKey(1);
// @ts-expect-error a typo in the options of with
getUser.with({ sginal: new AbortController().signal });

// Events.
getUser.addEventListener(EventType.CACHE_HIT, (event: ResilienceEvent) => event.functionName, {
  once: true,
});
getUser.addEventListener('cache_miss', (event) => event.duration.toFixed(3));
getUser.addEventListener('retry', { handleEvent: (event) => event.attempt });
// @ts-expect-error no such event
getUser.addEventListener('cache_hits', () => {});
getUser.addEventListener('retry', ({ type, detail }) => {
  expectType<Equal<typeof type, 'retry'>>();
  expectType<Equal<typeof detail.delay, number>>();
  expectType<Equal<typeof detail.result, User | undefined>>();
});
getUser.addEventListener(EventType.TIMEOUT, ({ detail }) => {
  expectType<Equal<typeof detail.scope, 'attempt' | 'total' | 'idle'>>();
});
getUser.addEventListener('circuit_open', ({ detail }) => detail.refused.valueOf());
getUser.addEventListener('cache_hit', ({ detail }) => {
  expectType<Equal<typeof detail, undefined>>();
});
const hear = (event: ResilienceEvent) => console.log(event.type, event.detail);
for (const type of Object.values(EventType)) {
  getUser.addEventListener(type, hear);
  getUser.removeEventListener(type, hear);
}
resilient(fetchUser, {
  onEvent(event) {
    if (event.type === 'retry') expectType<Equal<typeof event.detail.result, User | undefined>>();
    // @ts-expect-error only of some types
    event.detail.delay;
  },
});
const hearAny = (event: AnyResilienceEvent) => event.functionName;
resilient(fetchUser, { onEvent: hearAny });

// A parameter without a type is implicitly `any`, not `never`.
// @ts-expect-error implicitly any
resilient(async (id) => id, { cache: true });
// @ts-expect-error implicitly any
resilient(async (id) => id);

// Options know the function.
resilient(fetchUser, {
  cache: { key: (id, fields) => `${id.toFixed()}:${fields?.join()}` },
  retry: {
    retryOnResult: (user) => user.name === '',
    retryOn: [TypeError, (error) => error instanceof RangeError],
    delayFunc: (attempt) => `${attempt}s`,
  },
  circuitBreaker: new CircuitBreaker({ recoveryTimeout: '10s' }),
  onEvent: (event) => console.log(event.type),
});

// Typos are errors at the option.
// @ts-expect-error
resilient(fetchUser, { retries: 3 });
// @ts-expect-error
resilient(fetchUser, { cache: { maxSize: 1, tttl: 5 } });
// @ts-expect-error
resilient(fetchUser, { retry: { maxAttempt: 1 } });
// @ts-expect-error no unit like that
resilient(fetchUser, { timeout: '5 minutes' });
resilient(fetchUser, { timeout: { attempt: '2s', total: 5, idle: '500ms' } });
resilient(fetchUser, { timeout: { seconds: 2, perAttempt: false } });
// @ts-expect-error
resilient('not a function');

// A context parameter is not the callers'.
const withContext = resilient(
  async (id: number, { signal, attempt }: CallContext) => `${id} ${signal.aborted} ${attempt}`,
  { passContext: true },
);
expectType<Equal<Parameters<typeof withContext>, [id: number]>>();

// `this` is kept.
class Repository {
  prefix = 'a';
  find = resilient(
    async function (this: Repository, id: number) {
      return this.prefix + id;
    },
    { cache: true },
  );
}
new Repository().find(1);

// One cache for several functions.
const shared = new ResultCache({ maxSize: 10 });
resilient(fetchUser, { cache: shared });
resilient(square, { cache: shared });

// A function that forwards its options.
function logged<F extends AnyFunction, const O extends ResilientOptions<F>>(
  fn: F,
  options: O & Checked<O>,
) {
  console.log(options);
  return resilient(fn, options);
}
const loggedSquare = logged(square, { retry: {} });
expectType<Equal<ReturnType<typeof loggedSquare>, Promise<number>>>();
// @ts-expect-error an unknown option
logged(square, { retries: {} });

// ResultCache.
const cache = new ResultCache<User>({ maxSize: 10, ttl: '1h', clock: { now: () => 0 } });
const user: User | undefined = cache.put('a', { name: 'a' }).get('a');
cache.set('a', { name: 'a' }, 500).put('b', { name: 'b' }, { ttl: 0 });
// @ts-expect-error not a User
cache.put('a', 1);
// @ts-expect-error a number is no set of options
cache.put('a', { name: 'a' }, 500);
for (const [key, { name }] of cache) console.log(key, name);
cache.addEventListener('evict', ({ key, value }) => console.log(key, value.name));
cache.forEach((value, key, whole) => {
  console.log(value.name, key, whole.size);
});

export { gone, size, state, stats, sum, text, user };

// A bound method needs no `this`.
class Store {
  async find(this: Store, id: number): Promise<User> {
    return { name: `${id}` };
  }
}
const find = resilient(Store.prototype.find, { cache: true });
find
  .with({ thisArg: new Store() })(1)
  .then(({ name }) => name);
find.with({ thisArg: new Store(), refresh: true }).cache.size.toFixed();
find.with({ refresh: true }).call(new Store(), 1);
// @ts-expect-error `this` is missing
find.with({ refresh: true })(1);
const boundFirst = resilient(first, { cache: true }).with({ thisArg: 1 });
boundFirst([1, 2]).then((one) => one?.toFixed());
