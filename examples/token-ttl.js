// ttl as a function: a token is cached for as long as its server says.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resilient } from 'holdfast';

let issued = 0;
const server = createServer((_request, response) => {
  issued++;
  // The third token has expired when it arrives.
  response.end(
    JSON.stringify({ access_token: `token ${issued}`, expires_in: issued === 3 ? 0 : 3_600 }),
  );
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}/token`;

// A fake clock in milliseconds, so that this example need not wait for an hour.
let now = 0;
const getToken = resilient(
  async (scope) => (await fetch(`${url}?scope=${scope}`, { method: 'POST' })).json(),
  {
    cache: {
      // A minute early, so that a token does not expire on its way. 0 or less: not stored.
      ttl: ({ expires_in }) => expires_in - 60,
      clock: { now: () => now },
    },
  },
);
const show = async (title) => console.log(`${title}:`, (await getToken('mail')).access_token);

await show('at first');
now += 58 * 60 * 1_000;
await show('58 minutes later');
now += 2 * 60 * 1_000;
await show('an hour later');
now += 60 * 60 * 1_000;
await show('two hours later, expires_in is 0');
await show('so it was not stored');

server.closeAllConnections();
server.close();
