// Compiled, never run: a wrapped function has the members that the wrapper gives it, and no others.
import { type ResultCache, resilient } from 'holdfast';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_ extends true>(): void {}

class Query<T> extends Promise<T> {
  limit(_rows: number): this {
    return this;
  }
}
declare function find(table: string): Query<string[]>;
declare function findAs<T>(table: string): Query<T>;
declare function findSome(table: string): Query<string[]>;
declare function findSome(table: string, id: number): Promise<string>;
declare function findOrNot(table: string): Query<string[]> | undefined;
declare function first<T>(items: readonly T[]): Promise<T | undefined>;
declare const thenable: (id: number) => PromiseLike<string>;

// Properties of the function itself are not those of its wrapper.
const versioned = Object.assign(async (n: number) => n, { version: 1 });
const wrapped = resilient(versioned, { cache: true });
expectType<Equal<Parameters<typeof wrapped>, [n: number]>>();
expectType<Equal<ReturnType<typeof wrapped>, Promise<number>>>();
// @ts-expect-error a property of the function
wrapped.version;
// @ts-expect-error with no pattern, either
resilient(versioned).version;
// @ts-expect-error nor of the function for one caller
wrapped.with({ refresh: true }).version;
const versionedSquare = Object.assign((n: number) => n * n, { version: 1 });
// @ts-expect-error nor with a pattern that waits around a synchronous function
resilient(versionedSquare, { retry: {} }).version;
// @ts-expect-error nor of a namespace
resilient(namespaced, { timeout: '1s' }).preconnect;
async function namespaced(url: string): Promise<string> {
  return url;
}
declare namespace namespaced {
  function preconnect(url: string): void;
}

// A property with the name of a member is replaced by that member.
const withCache = Object.assign(async (n: number) => `${n}`, { cache: 'mine' as const });
expectType<Equal<(typeof oneCached)['cache'], ResultCache<string>>>();
const oneCached = resilient(withCache, { cache: true });
const noCache: undefined = resilient(withCache).cache;

// Overloads and `this` survive.
declare const overloaded: {
  (text: string): Promise<string>;
  (bytes: Uint8Array, start?: number): Promise<number>;
  (this: Date, list: string[]): Promise<bigint>;
  readonly version: number;
};
const parsed = resilient(overloaded, { cache: true, retry: {} });
const text: Promise<string> = parsed('a');
const size: Promise<number> = parsed(new Uint8Array(), 1);
const big: Promise<bigint> = parsed.call(new Date(), ['a']);
// @ts-expect-error no such overload
parsed(1);

// A wrapped function that is wrapped again has the members of the outer wrapper.
const inner = resilient(async (n: number) => n, { cache: true, bulkhead: {} });
const outer = resilient(inner, { retry: {} });
expectType<Equal<typeof outer.cache, undefined>>();
expectType<Equal<typeof outer.bulkhead, undefined>>();
expectType<Equal<ReturnType<typeof outer>, Promise<number>>>();
const firstOf = resilient(resilient(first, { cache: true }), { retry: {} });
expectType<Equal<Awaited<ReturnType<typeof firstOf<string>>>, string | undefined>>();
const foundOnce = resilient(resilient(find, { cache: true }), {});
// @ts-expect-error the inner wrapper has a cache
foundOnce('t').limit(3);
const foundOuter = resilient(resilient(find), { cache: true });
// @ts-expect-error the outer wrapper has a cache
foundOuter('t').limit(3);

// With a pattern on, the result is a plain Promise.
const cachedFind = resilient(find, { cache: true });
expectType<Equal<ReturnType<typeof cachedFind>, Promise<string[]>>>();
expectType<Equal<Parameters<typeof cachedFind>, [table: string]>>();
// @ts-expect-error a method of what the function returns
cachedFind('t').limit(3);
// @ts-expect-error with a breaker
resilient(find, { circuitBreaker: {} })('t').limit(3);
// @ts-expect-error with a pattern that waits
resilient(find, { retry: {} })('t').limit(3);
// @ts-expect-error with a fallback of the same type
resilient(find, { fallback: [] as string[] })('t').limit(3);
// @ts-expect-error with a context
resilient(find, { passContext: true })('t').limit(3);
// @ts-expect-error with a pattern that may be on
resilient(find, {} as { cache?: true })('t').limit(3);
const findFor = resilient(find).with({ signal: new AbortController().signal });
// @ts-expect-error for a caller with a signal
findFor('t').limit(3);
const asUser: Promise<unknown> = resilient(findAs, { cache: true })('t');
// @ts-expect-error a generic function's
resilient(findAs, { cache: true })('t').limit(3);
const cachedSome = resilient(findSome, { cache: true });
const some: Promise<string> = cachedSome('t', 1);
// @ts-expect-error one of the overloads returns it
cachedSome('t').limit(3);
const cachedOrNot = resilient(findOrNot, { cache: true });
expectType<Equal<ReturnType<typeof cachedOrNot>, Promise<string[]> | undefined>>();
const cachedOrZero = resilient(findOrNot, { cache: true, fallback: 0 });
expectType<Equal<ReturnType<typeof cachedOrZero>, Promise<string[]> | undefined | number>>();
const later: PromiseLike<string> = resilient(thenable, { cache: true })(1);

// With none, it is what the function returned.
resilient(find)('t').limit(3);
resilient(find, {})('t').limit(3);
resilient(find, { name: 'find', cache: false, retry: undefined })('t').limit(3);
resilient(findAs)<number>('t').limit(3);

// A function without types stays usable.
// biome-ignore-start lint/suspicious/noExplicitAny: it is what users have
declare const untyped: any;
declare const returnsAny: (n: number) => any;
// biome-ignore-end lint/suspicious/noExplicitAny: only here
resilient(untyped, { cache: true })(1, 2).then();
resilient(untyped)(1, 2);
resilient(returnsAny, { cache: true })(1).anything;

export { asUser, big, later, noCache, size, some, text };
