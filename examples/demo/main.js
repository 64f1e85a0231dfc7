// The demo: many callers of a slow and unreliable backend, without and with holdfast. All figures are measured.
// Usage: node examples/demo/main.js [--seconds 16]
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { createClient, OPTIONS } from './client.js';
import { FAULTS, STALL_MS } from './faults.js';
import { findFiles } from './files.js';
import { printCounts, printResults } from './report.js';
import { keepScore } from './scoreboard.js';
import { bold, count, cyan, green, print, progress, red, yellow } from './terminal.js';
import { makeTrace, replay } from './traffic.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '16' } } });
const seconds = Number(values.seconds);
if (!(seconds >= 2 && seconds <= 20))
  throw new RangeError(`--seconds must be from 2 to 20, got ${values.seconds}`);
const STATES = { open: red('open'), 'half-open': yellow('half-open'), closed: green('closed') };

const files = findFiles();
const backend = fork(fileURLToPath(new URL('backend.js', import.meta.url)));
backend.once('exit', giveUp);
const port = await nextMessage('port');
const trace = makeTrace([...files.keys()], seconds);

const [errors, resets, stalls] = Object.values(FAULTS).map((share) => `${100 * share} %`);
print(bold('holdfast: a slow and unreliable backend, without and with it'));
print(`  An HTTP server on 127.0.0.1:${port}, a separate process, serves ${files.size} files of`);
print('  the npm packages installed here. Each takes at least 20 ms. Of the requests');
print(
  `  ${errors} fail, ${resets} end in a connection reset, and ${stalls} take ${STALL_MS / 1_000} s.`,
);
print('  For a while the backend is down: callers of the wrapped function then get the');
print('  last content of a file, if there is one. Some files are requested far more');
print('  often than others, and every two seconds 60 callers request the same file.');

const bare = await phase('Without holdfast', seconds / 2, ({ readFile }) => readFile);
const wrapped = await phase('With holdfast', seconds, ({ resilientReadFile }) => resilientReadFile);
backend.off('exit', giveUp).disconnect();

printResults(bare, wrapped);
process.exitCode = printCounts(bare, wrapped, files) ? 0 : 1;

/** Replays the first `length` seconds of the trace; resolves to the results of callers, events and backend. */
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

  const settled = { answered: 0, failed: 0 };
  const stop = progress(() =>
    stamp(
      score
        ? `hit ${score.hit}  stale ${score.staleAtOnce + score.staleAfterFailure}  ` +
            `missed ${score.missed}  coalesced ${score.coalesced}  ` +
            `retried ${score.retried}  ${STATES[call.circuitBreaker.state]}`
        : `answered ${settled.answered}  failed ${settled.failed}  requests ${client.runs.started}`,
    ),
  );
  const result = await replay(calls, call, ({ error }) => settled[error ? 'failed' : 'answered']++);
  await Promise.all(client.refreshes);
  stop();

  backend.send({ command: 'report' });
  const report = await nextMessage('report');
  backend.off('message', watch);
  const { runs } = client;
  return { ...result, length, outage, score, runs, backend: report, stats: call.cache?.stats };
}

/** Resolves to the next message of the backend with this name. */
function nextMessage(name) {
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
  print(red(`The backend exited with code ${code}, so there is nothing to compare.`));
  process.exit(1);
}
