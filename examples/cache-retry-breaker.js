// Cache, circuit breaker, retry and timeout together. Only a cache miss reaches the other patterns.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { EventType, resilient } from 'holdfast';

// A shop that fails twice, then works, and then is down.
let requests = 0;
let healthy = false;
const server = createServer((request, response) => {
  requests++;
  if (requests === 3) healthy = true;
  response.statusCode = healthy ? 200 : 503;
  response.end(JSON.stringify({ url: request.url, price: 19 }));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const shop = `http://127.0.0.1:${server.address().port}`;

const getProduct = resilient(
  async (id, { signal }) => {
    // The signal aborts the request when the attempt times out.
    const response = await fetch(`${shop}/products/${id}`, { signal });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  },
  {
    name: 'getProduct',
    cache: { maxSize: 256, ttl: '5m' },
    retry: { maxAttempts: 3, delay: '10ms' },
    circuitBreaker: { failureThreshold: 5, recoveryTimeout: '30s' },
    timeout: '10s',
    passContext: true,
  },
);
let retries = 0;
getProduct.addEventListener(EventType.RETRY, () => retries++);

const { price } = await getProduct(1);
console.log(`product 1 costs ${price}: ${requests} requests, ${retries} of them retries`);

console.log('the shop goes down');
healthy = false;
for (const id of [2, 3, 4, 5, 6]) {
  await getProduct(id).catch((error) => console.log(`product ${id}: ${error.message}`));
}
console.log(`${requests} requests by now, the breaker is ${getProduct.circuitBreaker.state}`);

await getProduct(7).catch((error) => console.log(`product 7: ${error.code}, ${error.message}`));
console.log(`product 1 still costs ${(await getProduct(1)).price}, from the cache`);
console.log(`still ${requests} requests`);

server.close();
