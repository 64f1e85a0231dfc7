// Types of httpCache.
import { policy, resilient } from 'holdfast';
import { type HttpCache, type HttpCacheOptions, httpCache } from 'holdfast/http';

const get = resilient(fetch, { cache: httpCache(), retry: true });
const response: Promise<Response> = get('https://example.com');
const count: number = get.cache.stats.revalidated;

const options: HttpCacheOptions = {
  shared: true,
  ttl: ({ status }) => (status === 404 ? '10s' : '5m'),
  maxTtl: '1h',
  heuristic: 0,
  staleIfError: true,
  staleWhileRevalidate: false,
  maxWeight: 1_000,
  tags: (response) => [String(response.status)],
  clock: Date,
};
const cache: HttpCache = httpCache(options);
resilient(async (_url: string) => new Response(), { http: true, cache });
policy({ cache })(fetch);
httpCache({ staleIfError: '1h', ttl: 60 });

// @ts-expect-error an object is no HttpCache
const wrong: HttpCache = {};
// @ts-expect-error each function has a cache of its own
httpCache({ store: get.cache });
// @ts-expect-error there is no second tier
httpCache({ version: 1 });
// @ts-expect-error no such option
httpCache({ maxAge: 1 });
// @ts-expect-error a duration, or a boolean
httpCache({ staleIfError: 'yes' });

get.addEventListener('cache_revalidated', ({ flight, detail }) => {
  const number: number = flight;
  const nothing: undefined = detail;
  void [number, nothing];
});
void [response, count, wrong];
