// Calls with the same arguments are answered from the cache.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resilient } from 'holdfast';

const names = { 42: 'Alice', 99: 'Bob' };
const server = createServer((request, response) => {
  console.log(`  the API is asked for ${request.url}`);
  const id = request.url.split('/').at(-1);
  response.end(JSON.stringify({ id: Number(id), name: names[id] }));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const api = `http://127.0.0.1:${server.address().port}`;

const getUser = resilient(
  async (id) => {
    const response = await fetch(`${api}/users/${id}`);
    return response.json();
  },
  { cache: { maxSize: 100, ttl: '1m' } },
);

for (const id of [42, 42, 99]) {
  console.log(`getUser(${id})`);
  const { name } = await getUser(id);
  console.log(`  ${name}`);
}

server.close();
