import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exactly, shuffled, spread } from '../rounds.js';
import { TWO_TIERS } from './contenders.js';

const PROGRAM = fileURLToPath(new URL('caller.js', import.meta.url));
const PROCESSES = 8;
const CALLERS = 20;
/** The time that the function takes. */
const RUN_MS = 200;
/** The longest that a caller should wait, in multiples of that. */
const MAX_WAIT_RATIO = 1.25;

/**
 * In each round, all processes ask for a key that no process has, with all their callers; for one contender after another, in
 * random order.
 * @param {'runs' | 'slowest'} figure how often the function ran per key, or how many milliseconds the slowest caller waited
 * @param {{ keys: number, peerKeys: number }} counts how many keys holdfast is asked for, and how many the other packages
 */
export async function coldKeys({ url }, figure, { keys, peerKeys }) {
  const processes = await Promise.all(Array.from({ length: PROCESSES }, () => start(url)));
  const failed = Object.assign({}, ...processes.map((one) => one.failed));
  const names = TWO_TIERS.filter((name) => !(name in failed));
  const samples = new Map(names.map((name) => [name, []]));
  const askAll = async (name, id) => {
    const answers = await Promise.all(processes.map((one) => one.ask(name, id)));
    const sum = (field) => answers.reduce((total, answer) => total + answer[field], 0);
    const slowest = Math.max(...answers.map(({ milliseconds }) => milliseconds));
    return { runs: sum('runs'), wrong: sum('wrong'), slowest };
  };
  try {
    // Compiles the code and opens the connections.
    for (const name of names) for (let id = 0; id < 3; id++) await askAll(name, `warm-up-${id}`);
    for (let id = 0; id < keys; id++) {
      const withPeers = id % (keys / peerKeys) === 0;
      for (const name of shuffled(withPeers ? names : ['holdfast'])) {
        samples.get(name).push(await askAll(name, `${id}`));
      }
    }
  } finally {
    for (const one of processes) one.end();
  }
  const rows = new Map([
    figure === 'runs' ? ['one run', exactly(1)] : ['the function alone', exactly(RUN_MS)],
  ]);
  const notes = {};
  for (const [name, all] of samples) {
    const wrong = all.reduce((total, one) => total + one.wrong, 0);
    if (wrong > 0) failed[name] = `${wrong} callers got an error or a wrong result`;
    else {
      const [row, note] = figure === 'runs' ? runsOf(all) : slowestOf(all);
      rows.set(name, row);
      notes[name] = note;
    }
  }
  return { rows, notes, failed };
}

/** The mean, which shows each key that had more than one. */
function runsOf(all) {
  const runs = all.map((one) => one.runs);
  const mean = runs.reduce((total, number) => total + number) / runs.length;
  const single = runs.filter((number) => number === 1).length;
  return [{ ...spread(runs), median: mean }, `${single} of ${runs.length} keys with one run`];
}

function slowestOf(all) {
  const times = all.map(({ slowest }) => slowest);
  const limit = MAX_WAIT_RATIO * RUN_MS;
  const served = times.filter((time) => time <= limit).length;
  const most = Math.round(Math.max(...times));
  return [
    spread(times),
    `${served} of ${times.length} keys within ${limit} ms, the slowest ${most} ms`,
  ];
}

async function start(url) {
  const child = fork(PROGRAM, [url, String(RUN_MS), String(CALLERS)]);
  let settle;
  const next = () =>
    new Promise((resolve, reject) => {
      settle = resolve;
      child.once('exit', () => reject(new Error('a process has ended')));
    });
  child.on('message', (message) => settle(message));
  const { failed } = await next();
  return {
    failed,
    ask(name, id) {
      const answer = next();
      child.send({ name, id });
      return answer;
    },
    end: () => child.kill('SIGKILL'),
  };
}
