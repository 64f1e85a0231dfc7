// staleIfError: while the backend is down, callers get the last result, and the backend is asked once in a while.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resilient } from 'holdfast';

let up = true;
let requests = 0;
const server = createServer((_request, response) => {
  requests++;
  response.statusCode = up ? 200 : 503;
  response.end(JSON.stringify({ EUR: 1.1 }));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}/rates`;

// A fake clock in milliseconds, so that this example need not wait.
let now = 0;
const get = resilient(fetch, {
  cache: { ttl: '1m', staleIfError: '1d', staleBackoff: '10s', clock: { now: () => now } },
});
const rate = async () => (await (await get(url)).json()).EUR;

console.log('fresh:', await rate());

up = false;
console.log('the backend goes down');
now += 61_000;
const answers = new Set();
for (let call = 0; call < 10; call++) {
  answers.add(await rate());
  now += 3_000;
}
console.log('10 calls in 30 s:', ...answers, `- ${requests - 1} requests`);

now += 24 * 60 * 60 * 1_000;
const { status } = await get(url);
console.log('a day later there is nothing to fall back on: status', status);

up = true;
console.log('the backend is back:', await rate());

server.closeAllConnections();
server.close();
