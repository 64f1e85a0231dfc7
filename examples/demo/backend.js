// The backend, a process of its own: serves files slowly, sometimes not at all, and counts what it receives.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS, OUTAGE, STALL } from './faults.js';
import { findFiles } from './files.js';

const files = findFiles();
let down = false;
let started = 0;
/** When each request came, in milliseconds since the start. */
let arrivals = [];
/** How long the served ones took here, in milliseconds: what no client can be faster than. */
let delays = [];

const server = createServer((request, response) => {
  const arrived = performance.now();
  arrivals.push(arrived - started);
  // One request to a connection: of those sent on a connection that is just being closed, nobody knows whether they
  // came, and the demo wants to count exactly.
  response.setHeader('connection', 'close');
  const path = decodeURI(request.url.slice(1).split('?')[0]);
  const [end, delay] = fate();
  const timer = setTimeout(() => answer(response, end, files.get(path)), delay);
  response.once('close', () => {
    clearTimeout(timer);
    if (end === 'served' && response.writableFinished) delays.push(performance.now() - arrived);
  });
});

/** How a request is to end, and after how many milliseconds. */
function fate() {
  if (down) return ['unavailable', 20];
  const luck = Math.random();
  const delay = 20 - 70 * Math.log(1 - Math.random());
  if (luck < FAULTS.error) return ['error', delay];
  if (luck < FAULTS.error + FAULTS.reset) return ['reset', delay];
  return ['served', luck > 1 - FAULTS.stall ? STALL : delay];
}

function answer(response, end, content) {
  if (end === 'reset') return response.socket.resetAndDestroy();
  response.statusCode = end === 'served' ? 200 : end === 'error' ? 500 : 503;
  response.end(end === 'served' ? content : undefined);
}

/** The outage takes the same part of every phase, however long that is. */
async function start(seconds) {
  arrivals = [];
  delays = [];
  started = performance.now();
  await sleep(seconds * 1_000 * OUTAGE.from);
  down = true;
  process.send({ outage: 'from' });
  await sleep(seconds * 1_000 * (OUTAGE.to - OUTAGE.from));
  down = false;
  process.send({ outage: 'to' });
}

/** Counts once nothing has come in for a while: what has been sent may not have been read yet. */
async function report() {
  for (let quiet = 0, before = arrivals.length; quiet < 4; quiet++) {
    await sleep(50);
    if (arrivals.length !== before) quiet = 0;
    before = arrivals.length;
  }
  process.send({ report: { received: arrivals.length, arrivals, delays } });
}

process.on('message', ({ command, seconds }) => (command === 'start' ? start(seconds) : report()));
process.once('disconnect', () => process.exit());
await once(server.listen(0, '127.0.0.1'), 'listening');
process.send({ port: server.address().port });
