// httpCache: the server decides how long a response is fresh, and confirms a stale one with 304 Not Modified.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resilient } from 'holdfast';
import { httpCache } from 'holdfast/http';

let version = 1;
const server = createServer(({ headers }, response) => {
  const etag = `"v${version}"`;
  response.setHeader('cache-control', 'max-age=60');
  response.setHeader('etag', etag);
  response.statusCode = headers['if-none-match'] === etag ? 304 : 200;
  console.log('  the server answers', response.statusCode);
  response.end(response.statusCode === 304 ? undefined : `version ${version}`);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}/`;

// A fake clock in milliseconds, so that this example need not wait.
let passed = 0;
const clock = { now: () => Date.now() + passed };
const get = resilient(fetch, { cache: httpCache({ clock }) });
const read = async () => {
  const response = await get(url);
  console.log(response.status, await response.text());
};

await read();
console.log('30 seconds later');
passed += 30_000;
await read();
console.log('a minute later, by 10 callers');
passed += 60_000;
const texts = await Promise.all(Array.from({ length: 10 }, async () => (await get(url)).text()));
console.log(new Set(texts));
console.log('the page changes, and a minute passes');
version = 2;
passed += 61_000;
await read();

const { hits, misses, coalesced, revalidated } = get.cache.stats;
console.log({ hits, misses, coalesced, revalidated });

server.closeAllConnections();
server.close();
