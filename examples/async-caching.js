// An async function: the cache stores results, not Promises, and no errors. Each call gets a new Promise.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resilient } from 'holdfast';

let requests = 0;
const server = createServer((_request, response) => {
  requests++;
  response.statusCode = requests === 1 ? 500 : 200;
  response.end(JSON.stringify({ id: 42, name: 'Alice' }));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const api = `http://127.0.0.1:${server.address().port}`;

async function fetchUser(id) {
  const response = await fetch(`${api}/users/${id}`);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

const getUser = resilient(fetchUser, { cache: { maxSize: 100, ttl: '1m' } });

await getUser(42).catch((error) => console.log('first call:', error.message));
console.log('second call:', (await getUser(42)).name);

const hit = getUser(42);
console.log('third call, a hit, is a Promise:', hit instanceof Promise);
console.log('third call:', (await hit).name);
console.log('requests:', requests);

// Aborting a caller's signal rejects the call of that caller only.
const leaving = getUser.with({ signal: AbortSignal.abort() });
await leaving(7).catch((error) => console.log('fourth call:', error.name));

server.close();
