// Compiled, never run: what a program without the types of any platform uses. Its configuration compiles nothing else.
import {
  type AnyResilienceEvent,
  CacheEvent,
  ResilienceEvent,
  ResultCache,
  resilient,
} from 'holdfast';

const square = resilient((n: number) => n * n, {
  cache: { ttl: '5m' },
  onEvent: (event: AnyResilienceEvent) => event.functionName,
});
square.addEventListener('retry', ({ detail }) => detail.delay.toFixed());
square.addEventListener('cache_hit', (event) => event instanceof ResilienceEvent, { once: true });
const type: 'evict' | 'expire' = new CacheEvent('evict', 'key', 1).type;
const cache = new ResultCache<number>();
cache.addEventListener('expire', ({ key, value }) => [key, value.toFixed()]);
{
  using owned = new ResultCache<number>();
  owned.put('a', 1);
}
const sum: number = square(1) + square.with({ refresh: true })(2);
// @ts-expect-error no such event
square.addEventListener('cache_hits', () => {});

export { cache, sum, type };
