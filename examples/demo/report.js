// Prints the results: tables, charts, and whether the counts of both sides agree.
import { histogram, stackedBar, timeline } from './chart.js';
import { runsByEvents } from './scoreboard.js';
import {
  blue,
  bold,
  count,
  cyan,
  dim,
  duration,
  green,
  percent,
  print,
  red,
  yellow,
} from './terminal.js';

/** Prints everything except the counts. */
export function printResults(bare, wrapped) {
  printCalls(wrapped);
  printComparison(bare, wrapped);
  printTimeline(wrapped);
}

function heading(text) {
  print();
  print(bold(text));
}

function printCalls({ calls, score, stats }) {
  const led = score.missed - score.refused;
  heading(`What holdfast did with ${count(calls.length)} calls`);
  const parts = [
    [score.hit, '█', green],
    [score.staleAtOnce, '▚', yellow],
    [score.coalesced, '▓', cyan],
    [led, '▒', blue],
    [score.refused, '░', red],
  ];
  print(`  ${stackedBar(parts, 76)}`);
  const explained = [
    [green('█'), 'hit', score.hit, 'answered from the cache'],
    [yellow('▚'), 'stale', score.staleAtOnce, 'answered at once with the last content'],
    [cyan('▓'), 'coalesced', score.coalesced, 'joined a call in flight'],
    [blue('▒'), 'missed', led, 'ran the function'],
    [red('░'), 'refused', score.refused, 'missed while the breaker was open'],
  ];
  for (const [mark, name, number, meaning] of explained) {
    print(`  ${mark} ${name.padEnd(10)} ${count(number).padStart(7)}  ${dim(meaning)}`);
  }
  const own = score.hit + score.staleAtOnce + score.coalesced;
  print(
    `  ${bold(`${count(own)} calls (${percent(own, calls.length)})`)} needed no request of their own.`,
  );
  print(
    `  ${bold(`${count(score.rescues.length)} calls`)} got the last content because the backend ` +
      `failed, ${count(score.staleAfterFailure)} after waiting.`,
  );
  print(
    `  Refreshes in the background: ${count(score.refreshed)}, of which failed: ${count(stats.refreshErrors)}.`,
  );
  print(
    `  Retries: ${score.retried}. Timeouts: ${score.timedOut}. ` +
      `Runs that failed at their last attempt: ${score.exhausted}.`,
  );
  const opened = score.breaker.filter(({ state }) => state === 'open').length;
  print(
    `  Breaker opened: ${opened}, now ${score.breaker.at(-1).state}. ` +
      `Entries expired: ${stats.expirations}, evicted: ${stats.evictions}.`,
  );
}

function printComparison(bare, wrapped) {
  const phases = [bare, wrapped];
  const answered = phases.map(({ calls }) => calls.filter(({ error }) => !error));
  const times = answered.map((calls) => sorted(calls.map(({ took }) => took)));
  const delays = phases.map(({ backend }) => sorted(backend.delays));
  const row = (label, cells) =>
    print(`  ${label.padEnd(32)}${cells.map((cell) => cell.padStart(20)).join('')}`);

  heading('Without and with holdfast');
  print(
    `  ${dim('The same calls. Without holdfast only their first half, with half the outage.')}`,
  );
  row('', ['without', 'with']);
  row(
    'calls',
    phases.map(({ calls }) => count(calls.length)),
  );
  row(
    'most calls in flight',
    phases.map(({ mostInFlight }) => count(mostInFlight)),
  );
  row(
    'requests at the backend',
    phases.map(({ backend }) => count(backend.received)),
  );
  row(
    'requests per 100 calls',
    phases.map(({ backend, calls }) => ((100 * backend.received) / calls.length).toFixed(1)),
  );
  row(
    'failed calls',
    phases.map(({ calls }, i) => percent(calls.length - answered[i].length, calls.length)),
  );
  for (const [label, numbers, share] of [
    ['median time at the backend', delays, 0.5],
    ['median latency, answered calls', times, 0.5],
    ['95th percentile', times, 0.95],
    ['99th percentile', times, 0.99],
  ]) {
    row(
      label,
      numbers.map((list) => duration(list[Math.floor(share * list.length)] ?? 0)),
    );
  }

  heading('Latency of the answered calls');
  print(`  ${' '.repeat(14)}${'without'.padEnd(29)}with`);
  for (const line of histogram(...times)) print(line);
}

const sorted = (numbers) => numbers.sort((a, b) => a - b);

function printTimeline({ calls, backend, score, outage, length }) {
  heading(`Requests at the backend during the ${length} s with holdfast`);
  const chart = {
    calls: calls.map(({ at }) => at),
    requests: backend.arrivals,
    breaker: score.breaker,
    rescues: score.rescues,
    outage,
    length: length * 1_000,
  };
  for (const line of timeline(chart)) print(line);
}

/** Prints the counts of both sides; returns false if they differ or a caller got wrong content. */
export function printCounts(bare, wrapped, files) {
  heading('How often the function ran');
  const row = (label, ...cells) =>
    print(`  ${label.padEnd(16)}${cells.map((cell) => cell.padStart(20)).join('')}`);
  row('', 'own count', "holdfast's events", 'backend received');
  let agree = true;
  for (const [label, { runs, score, backend }] of [
    ['without holdfast', bare],
    ['with holdfast', wrapped],
  ]) {
    const events = score ? runsByEvents(score) : runs.started;
    agree &&= runs.started === events && runs.started - runs.unsent === backend.received;
    row(label, count(runs.started), score ? count(events) : '-', count(backend.received));
    if (runs.unsent > 0) print(`  (${runs.unsent} of these ended before a request was sent)`);
  }
  print(`  ${agree ? green('The counts agree.') : red('THE COUNTS DO NOT AGREE.')}`);

  const texts = new Map([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]));
  const answers = [...bare.calls, ...wrapped.calls].filter(({ error }) => !error);
  const wrong = answers.filter(({ path, content }) => content !== texts.get(path)).length;
  print(
    `  ${count(answers.length)} answers were compared with the files on disk: ` +
      (wrong === 0 ? green('all the same.') : red(`${count(wrong)} DIFFER.`)),
  );
  return agree && wrong === 0;
}
