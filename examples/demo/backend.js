// The backend, a separate process: serves files slowly, with faults, and counts the requests that it receives.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS, OUTAGE, STALL_MS } from './faults.js';
import { findFiles } from './files.js';

const files = findFiles();
let down = false;
let started = 0;
/** Arrival times of the requests, in milliseconds since the start. */
let arrivals = [];
/** Times that the backend took for served requests, in milliseconds: the lower bound for a client. */
let delays = [];

const server = createServer((request, response) => {
  const arrived = performance.now();
  arrivals.push(arrived - started);
  // One request per connection: a client cannot know whether a request on a closing connection arrived, and the demo
  // compares exact counts.
  response.setHeader('connection', 'close');
  const path = decodeURI(request.url.slice(1).split('?')[0]);
  const [outcome, delay] = chooseOutcome();
  const timer = setTimeout(() => answer(response, outcome, files.get(path)), delay);
  response.once('close', () => {
    clearTimeout(timer);
    if (outcome === 'served' && response.writableFinished) delays.push(performance.now() - arrived);
  });
});

/** The outcome of a request and its delay in milliseconds. */
function chooseOutcome() {
  if (down) return ['unavailable', 20];
  const draw = Math.random();
  const delay = 20 - 70 * Math.log(1 - Math.random());
  if (draw < FAULTS.error) return ['error', delay];
  if (draw < FAULTS.error + FAULTS.reset) return ['reset', delay];
  return ['served', draw > 1 - FAULTS.stall ? STALL_MS : delay];
}

function answer(response, outcome, content) {
  if (outcome === 'reset') return response.socket.resetAndDestroy();
  response.statusCode = outcome === 'served' ? 200 : outcome === 'error' ? 500 : 503;
  response.end(outcome === 'served' ? content : undefined);
}

/** Starts a phase; the outage is the same share of every phase. */
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

/** Reports once no request has arrived for 200 ms: some may have been sent, but not read yet. */
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
