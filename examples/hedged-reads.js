// Two replicas, one of which sometimes hangs. After 30 ms without an answer the other one is asked, too.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resilient } from 'holdfast';

async function startReplica(name, answers) {
  const server = createServer((request, response) => {
    if (answers(request.url)) response.end(`${request.url} from ${name}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { name, server };
}
const replicas = [
  await startReplica('north', (path) => path !== '/users/7'),
  await startReplica('south', () => true),
];

// The first run asks north, the hedge asks south.
const runs = new Map();
const read = resilient(
  async (path, { signal }) => {
    const run = runs.get(path) ?? 0;
    runs.set(path, run + 1);
    const { name, server } = replicas[run % replicas.length];
    signal.addEventListener('abort', () => console.log(`${name} is aborted`));
    // The signal aborts the request whose answer is no longer needed.
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { signal });
    return response.text();
  },
  { hedge: { delay: '30ms', maxHedges: 1 }, timeout: '10s', passContext: true },
);

console.log(await read('/users/7'));
console.log(`${runs.get('/users/7')} runs for it`);

for (const { server } of replicas) {
  server.closeAllConnections();
  server.close();
}
