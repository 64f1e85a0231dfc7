// maxWeight: a limit for all bodies together, instead of a number of entries.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resilient } from 'holdfast';

const server = createServer((request, response) => {
  const kilobytes = Number(request.url.slice(1));
  response.end('x'.repeat(1_000 * kilobytes));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const api = `http://127.0.0.1:${server.address().port}`;

// For fetch a response weighs as many bytes as its body has. Other functions need `weigh`.
const get = resilient(fetch, { cache: { maxWeight: 100_000, ttl: '1h' } });
get.cache.addEventListener('evict', ({ value }) => {
  console.log('  evicted:', new URL(value.url).pathname);
});
const load = async (path) => (await get(api + path)).text();

for (const path of ['/40', '/30', '/40', '/20', '/25']) {
  console.log('load', path);
  await load(path);
}
const { size, weight, maxWeight } = get.cache.stats;
console.log({ size, weight, maxWeight });

console.log('load /200, heavier than the whole cache');
await load('/200');
console.log('stored:', get.cache.has(get.makeKey(`${api}/200`)));

server.closeAllConnections();
server.close();
