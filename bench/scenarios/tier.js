import { startServer } from '../../tests/support/servers.js';
import { coldKeys } from '../tier/cold-key.js';
import { timeFirstCall, timeLaterCalls } from '../tier/frozen.js';
import { timeFirstTier, timeSecondTier } from '../tier/hits.js';

export const title = 'tier: results of a second tier, with a Redis server on this machine';
/** Each cell has its own, and the least work that does the same. */
export const unit = '';
export const baseline = [
  'holdfast without a tier',
  'GET and JSON.parse',
  'one run',
  'the function alone',
  'timeout',
];
/** The runtimes in which it runs. */
export const onlyIn = ['node', 'node24'];

const loadAtOnce = async (id) => id;
const loadInMs = (id) => new Promise((resolve) => setTimeout(resolve, 1, id));

const CELLS = {
  'hit in the first tier': { unit: 'ns per call', run: timeFirstTier },
  'hit in the second tier': {
    unit: 'ns per call',
    run: (server, timing) => timeSecondTier(server, timing, false),
  },
  'hits in the second tier, 100 at a time': {
    unit: 'ns per call',
    run: (server, timing) => timeSecondTier(server, timing, true),
  },
  'a cold key in 8 processes with 20 callers each': {
    unit: 'runs per key',
    run: (server, { rounds }) =>
      coldKeys(
        server,
        'runs',
        rounds < 10 ? { keys: 20, peerKeys: 4 } : { keys: 100, peerKeys: 10 },
      ),
  },
  'the slowest of these callers': {
    unit: 'ms',
    run: (server, { rounds }) => {
      const keys = rounds < 10 ? 8 : 30;
      return coldKeys(server, 'slowest', { keys, peerKeys: keys });
    },
  },
  'the first call after the server froze': { unit: 'ms', run: timeFirstCall },
  'later calls of a function that takes 1 ms': {
    unit: 'ns per call',
    run: (server, timing) => timeLaterCalls(server, timing, loadInMs, 20),
  },
  'later calls of a function that takes no time': {
    unit: 'ns per call',
    run: (server, timing) => timeLaterCalls(server, timing, loadAtOnce, 500),
  },
};

export function cells() {
  return Object.entries(CELLS).map(([what, { unit }]) => ({ what, unit }));
}

export async function run({ what }, timing) {
  const server = await startServer('redis');
  try {
    return await CELLS[what].run(server, timing);
  } finally {
    server.signal('SIGCONT');
    await server.stop();
  }
}
