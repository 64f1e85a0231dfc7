// Three functions call one backend and share its circuit breaker and bulkhead. Each has its own cache.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { health, httpPolicy, policy, registry } from 'holdfast';

let healthy = true;
const server = createServer((request, response) => {
  response.statusCode = healthy ? 200 : 500;
  response.end(JSON.stringify({ path: request.url }));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const base = `http://127.0.0.1:${server.address().port}`;

async function load(path) {
  const response = await fetch(base + path);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

const api = policy(
  httpPolicy({
    retry: { maxAttempts: 2, delay: '5ms' },
    circuitBreaker: { failureThreshold: 2 },
    bulkhead: { maxConcurrent: 5, maxWait: '1s' },
  }),
);
registry.register('shop', api);

const getUser = api(async (id) => load(`/users/${id}`), { name: 'getUser', cache: true });
const getOrder = api(async (id) => load(`/orders/${id}`), { name: 'getOrder', cache: true });
const ping = api(async () => load('/ping'), { name: 'ping', retry: { maxAttempts: 1 } });

console.log((await getUser(1)).path, (await getOrder(1)).path);

healthy = false;
await ping().catch((error) => console.log('ping:', error.message));
await getUser(2).catch((error) => console.log('getUser:', error.message));
await getOrder(2).catch((error) => console.log('getOrder, not asked any more:', error.code));
console.log('stored all the same:', (await getUser(1)).path);

const { shop } = health();
console.log(shop.circuitBreaker.state, 'after', shop.circuitBreaker.failures, 'failures');
console.log('active:', shop.bulkhead.active);
for (const [name, { hits, misses }] of Object.entries(shop.caches)) {
  console.log(`${name}: ${hits} hits, ${misses} misses`);
}

server.closeAllConnections();
server.close();
