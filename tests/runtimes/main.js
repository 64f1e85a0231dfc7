// npm run test:runtimes: the conformance suite in each runtime and with each tool; names as arguments choose rows.
import { availableParallelism } from 'node:os';
import { Consumer, NotRun } from './consumer.js';
import { rows } from './rows.js';

const ROWS_AT_A_TIME = 4;
const wanted = process.argv.slice(2).map((part) => part.toLowerCase());
const chosen = rows.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part)),
);
const counts = { passed: 0, failed: 0, 'not run': 0 };

/** Runs a row in a new consumer. */
async function attempt(run) {
  const consumer = new Consumer();
  try {
    return { outcome: 'passed', why: (await run(consumer)) ?? '' };
  } catch (error) {
    if (error instanceof NotRun) return { outcome: 'not run', why: error.message };
    return { outcome: 'failed', why: error.stack ?? String(error) };
  } finally {
    consumer.dispose();
  }
}

async function report({ name, run }) {
  const started = performance.now();
  let { outcome, why } = await attempt(run);
  if (outcome === 'failed') {
    // Browsers and third-party servers sometimes fail to start: try again, and report both results.
    const second = await attempt(run);
    if (second.outcome === 'passed') {
      outcome = 'passed';
      why = `${second.why}, at the second try; the first: ${why}`;
    }
  }
  counts[outcome]++;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${outcome.padEnd(8)}${seconds.padStart(6)} s  ${name}${why && `: ${why}`}`);
}

// Rows mostly wait: for npm, browsers and servers. Each has a folder and ports of its own.
const waiting = chosen.values();
async function work() {
  for (const row of waiting) await report(row);
}
await Promise.all(Array.from({ length: Math.min(ROWS_AT_A_TIME, availableParallelism()) }, work));

console.log(
  Object.entries(counts)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', '),
);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
