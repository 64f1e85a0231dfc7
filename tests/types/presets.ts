// Compiled, never run: presets fit the results of the functions that they are for.
import {
  type AnyResilienceEvent,
  type Bulkhead,
  type CircuitBreaker,
  dbPolicy,
  httpPolicy,
  llmPolicy,
  policy,
  queuePolicy,
  Registry,
  resilient,
  strictPolicy,
} from 'holdfast';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_ extends true>(): void {}

interface User {
  name: string;
}
const fetchUser = async (id: number): Promise<User> => ({ name: `${id}` });
const square = (n: number): number => n * n;
const isMissing = (response: Response) => response.status === 404;

// The type of the results may be given.
const missing = httpPolicy<Response>({
  retry: { retryOnResult: (r: Response) => r.status === 404 },
});
const inferred = httpPolicy<Response>({ retry: { retryOnResult: (r) => r.status === 404 } });
for (const preset of [missing, inferred]) {
  const get = resilient(fetch, preset);
  const response: Promise<Response> = get(new URL('https://example.com'), { method: 'GET' });
  const getByPolicy = policy(preset)(fetch, { cache: true });
  const other: Promise<Response> = getByPolicy('https://example.com');
  console.log(response, other);
}
const heard = llmPolicy<User>({
  onEvent(event) {
    if (event.type === 'retry') expectType<Equal<typeof event.detail.result, User | undefined>>();
  },
});
expectType<Equal<ReturnType<typeof userByHeard>, Promise<User>>>();
const userByHeard = resilient(fetchUser, heard);
const replaced = resilient(fetchUser, dbPolicy<User>({ fallback: () => ({ name: 'none' }) }));
expectType<Equal<ReturnType<typeof replaced>, Promise<User>>>();
// @ts-expect-error a predicate for another result
httpPolicy<Response>({ retry: { retryOnResult: (user: User) => user.name === '' } });
// @ts-expect-error a typo
httpPolicy<Response>({ retry: { retryOnResults: isMissing } });
// @ts-expect-error a typo
httpPolicy<Response>({ retries: 3 });
// @ts-expect-error a fallback of another type
httpPolicy<Response>({ fallback: () => 'none' });

// Without it, the parameter of a predicate determines its type.
const typed = httpPolicy({
  retry: { retryOnResult: isMissing },
  circuitBreaker: { failureThreshold: 2 },
});
const getTyped = resilient(fetch, typed);
const typedResponse: Promise<Response> = getTyped('https://example.com');
expectType<Equal<typeof getTyped.circuitBreaker, CircuitBreaker>>();
expectType<Equal<typeof getTyped.bulkhead, undefined>>();
expectType<Equal<typeof getTyped.cache, undefined>>();
resilient(fetch, httpPolicy({ retry: { retryOnResult: isMissing } }));
policy(strictPolicy({ retry: { retryOnResult: isMissing } }))(fetch);
new Registry().register('http', queuePolicy({ retry: { retryOnResult: isMissing } }))(fetch);
policy({ retry: { retryOnResult: isMissing } })(fetch);
httpPolicy({ onEvent: (event: AnyResilienceEvent<Response>) => event.type });
policy({ onEvent: (event: AnyResilienceEvent<Response>) => event.type });
httpPolicy({ retry: { retryOnResult: (result) => result === null } });
httpPolicy({ onEvent: (event) => event.functionName });
// @ts-expect-error the preset's predicate is for another result
resilient(fetchUser, typed);
// @ts-expect-error the result of the function is known
resilient(fetchUser, { retry: { retryOnResult: isMissing } });
// @ts-expect-error no predicate
httpPolicy({ retry: { retryOnResult: 5 } });

// An option that is off is no member, and `true` keeps the type of the preset.
const off = llmPolicy({ bulkhead: false, circuitBreaker: true, retry: false });
const withoutBulkhead = resilient(fetchUser, off);
expectType<Equal<typeof withoutBulkhead.bulkhead, undefined>>();
expectType<Equal<typeof withoutBulkhead.circuitBreaker, CircuitBreaker>>();
expectType<Equal<ReturnType<typeof withoutBulkhead>, Promise<User>>>();
declare const needed: boolean;
const perhaps = resilient(square, llmPolicy({ bulkhead: needed && { maxConcurrent: 1 } }));
expectType<Equal<typeof perhaps.bulkhead, Bulkhead | undefined>>();
expectType<Equal<ReturnType<typeof perhaps>, Promise<number>>>();

export { typedResponse };
