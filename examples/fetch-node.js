// A wrapped fetch in Node, with cache, retries and timeout. It is called exactly like fetch.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resilient } from 'holdfast';

// An API that answers the first request with status 503.
let requests = 0;
const server = createServer((request, response) => {
  requests++;
  response.statusCode = requests === 1 ? 503 : 200;
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({ path: request.url, user: request.headers.authorization ?? 'anonymous' }),
  );
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const api = `http://127.0.0.1:${server.address().port}`;

const get = resilient(fetch, {
  cache: { ttl: '5m' },
  retry: { maxAttempts: 3, delay: '10ms' },
  timeout: '10s',
});
get.addEventListener('retry', ({ attempt, detail }) => {
  console.log(`attempt ${attempt} has status ${detail.result.status}`);
});

// Three concurrent callers share one request (and one retry, since the first attempt fails). Each reads its own body.
const responses = await Promise.all([
  get(`${api}/cities`),
  get(new URL('/cities#north', api)),
  get(new Request(`${api}/cities`)),
]);
for (const response of responses) console.log(response.status, (await response.json()).path);
console.log('requests:', requests);

await get(`${api}/cities`);
console.log('a hit, still requests:', requests);

// Headers are part of the key, so users never get each other's responses.
for (const authorization of ['Alice', 'Bob', 'Alice']) {
  const response = await get(`${api}/me`, { headers: { authorization } });
  console.log(authorization, 'gets what is for', (await response.json()).user);
}
console.log('requests:', requests);

// Aborting one caller's signal does not abort other callers of the same request.
const controller = new AbortController();
const leaving = get(`${api}/later`, { signal: controller.signal });
const staying = get(`${api}/later`);
controller.abort();
await leaving.catch((error) => console.log('left:', error.name));
console.log('stayed:', (await (await staying).json()).path);
console.log('requests:', requests);

server.closeAllConnections();
server.close();
