// A wrapped fetch in Deno: deno run --allow-net examples/fetch-deno.js
import { resilient } from 'holdfast';

// An API that answers the first request with status 503.
let requests = 0;
const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen() {} }, (request) => {
  requests++;
  const status = requests === 1 ? 503 : 200;
  return Response.json({ path: new URL(request.url).pathname }, { status });
});
const api = `http://127.0.0.1:${server.addr.port}`;

const get = resilient(fetch, { cache: { ttl: '5m' }, retry: { delay: '10ms' }, timeout: '10s' });
get.addEventListener('retry', ({ attempt, detail }) => {
  console.log(`attempt ${attempt} has status ${detail.result.status}`);
});

const responses = await Promise.all([get(`${api}/cities`), get(`${api}/cities`)]);
for (const response of responses) console.log(response.status, (await response.json()).path);
console.log('requests:', requests);

const stored = await get(`${api}/cities`);
console.log('a hit:', (await stored.text()).length, 'characters, still requests:', requests);

// Aborting one caller's signal does not abort other callers of the same request.
const controller = new AbortController();
const leaving = get(`${api}/later`, { signal: controller.signal });
const staying = get(`${api}/later`);
controller.abort();
await leaving.catch((error) => console.log('left:', error.name));
console.log('stayed:', (await (await staying).json()).path);
console.log('requests:', requests);

await server.shutdown();
