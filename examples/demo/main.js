// The demo: a slow and flaky backend, many callers, and what holdfast makes of it. Every figure is measured here.
// node examples/demo/main.js [--seconds 16]
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { createClient, OPTIONS } from './client.js';
import { FAULTS, STALL } from './faults.js';
import { findFiles } from './files.js';
import { printCounts, printResults } from './report.js';
import { keepScore } from './scoreboard.js';
import { bold, count, cyan, green, print, progress, red, yellow } from './terminal.js';
import { makeTrace, replay } from './traffic.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '16' } } });
const seconds = Number(values.seconds);
if (!(seconds >= 2 && seconds <= 20)) throw new RangeError('--seconds must be from 2 to 20');
const STATES = { open: red('open'), 'half-open': yellow('half-open'), closed: green('closed') };

const files = findFiles();
const backend = fork(fileURLToPath(new URL('backend.js', import.meta.url)));
backend.once('exit', giveUp);
const port = await told('port');
const trace = makeTrace([...files.keys()], seconds);

const [failing, cut, late] = Object.values(FAULTS).map((share) => `${100 * share} %`);
print(bold('holdfast: what it does for the callers of a slow and flaky backend'));
print(`  An HTTP server on 127.0.0.1:${port}, a process of its own, serves ${files.size} files of`);
print('  the npm packages installed here. It takes 20 ms and more for each, answers');
print(
  `  ${failing} with an error, cuts ${cut} off, lets ${late} wait ${STALL / 1_000} s, and is down altogether`,
);
print('  for a while. Its callers ask for some files far more often than for others,');
print('  and now and then all at once for the same.');

const bare = await phase('Without holdfast', seconds / 2, ({ readFile }) => readFile);
const held = await phase('With holdfast', seconds, ({ resilientReadFile }) => resilientReadFile);
backend.off('exit', giveUp).disconnect();

printResults(bare, held);
process.exitCode = printCounts(bare, held, files) ? 0 : 1;

/** Replays the first `length` seconds of the trace; what came of it by the callers, by events and by the backend. */
async function phase(title, length, choose) {
  const client = createClient(`http://127.0.0.1:${port}`);
  const call = choose(client);
  const calls = trace.filter(({ at }) => at < length * 1_000);
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const stamp = (text) => `${(elapsed() / 1_000).toFixed(1).padStart(4)}s ${text}`;

  print();
  print(bold(`${title}: ${count(calls.length)} calls in ${length} s`));
  const score = call.cache && keepScore(call, (state) => print(stamp(`breaker ${STATES[state]}`)));
  if (score) {
    const options = inspect(OPTIONS, { breakLength: 70 }).replaceAll('\n', '\n  ');
    print(`  resilient(readFile, ${options})`);
  }

  const outage = { from: Infinity, to: Infinity };
  const watch = (message) => {
    if (!message.outage) return;
    outage[message.outage] = elapsed();
    print(stamp(cyan(message.outage === 'from' ? 'the backend goes down' : 'the backend is back')));
  };
  backend.on('message', watch).send({ command: 'start', seconds: length });

  const ended = { well: 0, badly: 0 };
  const stop = progress(() =>
    stamp(
      score
        ? `hit ${score.hit}  missed ${score.missed}  coalesced ${score.coalesced}  ` +
            `retried ${score.retried}  timeouts ${score.timedOut}  ${STATES[call.circuitBreaker.state]}`
        : `answered ${ended.well}  failed ${ended.badly}  requests ${client.runs.started}`,
    ),
  );
  const result = await replay(calls, call, ({ error }) => ended[error ? 'badly' : 'well']++);
  stop();

  backend.send({ command: 'report' });
  const report = await told('report');
  backend.off('message', watch);
  const { runs } = client;
  return { ...result, length, outage, score, runs, backend: report, stats: call.cache?.stats };
}

/** What the backend says next under this name. */
function told(name) {
  return new Promise((resolve) => {
    const listen = (message) => {
      if (!(name in message)) return;
      backend.off('message', listen);
      resolve(message[name]);
    };
    backend.on('message', listen);
  });
}

function giveUp(code) {
  print(red(`The backend ended with code ${code}: there is nothing to compare.`));
  process.exit(1);
}
