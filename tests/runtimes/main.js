// npm run test:runtimes: the conformance suite in each runtime and with each tool; names as arguments choose rows.
import { Consumer, NotRun } from './consumer.js';
import { rows } from './rows.js';

const wanted = process.argv.slice(2);
const chosen = rows.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part)),
);
const counts = { passed: 0, failed: 0, 'not run': 0 };

for (const { name, run } of chosen) {
  const consumer = new Consumer();
  const started = performance.now();
  let outcome = 'passed';
  let why = '';
  try {
    why = (await run(consumer)) ?? '';
  } catch (error) {
    outcome = error instanceof NotRun ? 'not run' : 'failed';
    why = error instanceof NotRun ? error.message : (error.stack ?? String(error));
  }
  consumer.dispose();
  counts[outcome]++;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${outcome.padEnd(8)}${seconds.padStart(6)} s  ${name}${why && `: ${why}`}`);
}

console.log(
  Object.entries(counts)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', '),
);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
