// Types of functions that may return stale results.
import { ResultCache, resilient } from 'holdfast';

const WINDOWS = { staleWhileRevalidate: '1h', staleIfError: '1d' } as const;

// A synchronous function stays synchronous with windows.
const parsed: number = resilient((text: string) => Number(text), { cache: WINDOWS })('1');
const later: Promise<number> = resilient(async (text: string) => Number(text), {
  cache: { ...WINDOWS, staleIfSlow: '2s' },
})('1');

// An async function keeps its generics.
const first = resilient(async <T>(items: readonly T[]) => items[0], { cache: WINDOWS });
const one: Promise<number | undefined> = first([1]);

// The functions among the options get the result and the arguments of the function.
const load = resilient(async (id: number) => ({ id, seconds: 60 }), {
  cache: {
    ...WINDOWS,
    ttl: ({ seconds }, id) => (id > 0 ? seconds : false),
    tags: ({ id }) => [`user ${id}`],
    staleOn: (failure) => failure instanceof RangeError,
    waitUntil: (promise) => void promise.then(() => {}),
  },
});
const fresh: boolean = load.expire(1);
// @ts-expect-error the arguments are those of the function
load.expire('1');

const store = new ResultCache({ ttl: '5m', ttlJitter: 0.1, ...WINDOWS });
resilient(async (id: number) => id, { cache: { store, ttl: '1m' } });
// @ts-expect-error only functions have a ttl function
new ResultCache({ ttl: () => 1 });

load.addEventListener('cache_stale', ({ detail, flight }) => {
  const reason: 'revalidate' | 'error' | 'slow' = detail.reason;
  const age: number = detail.age;
  const number: number = flight;
  void [reason, age, number];
});

const { stale, refreshes, refreshErrors } = store.stats;
const counters: number[] = [stale, refreshes, refreshErrors];
void [parsed, later, one, fresh, counters];
