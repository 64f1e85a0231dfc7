// How large should my cache be? Simulates caches with the access log of a shop; with a path as argument, it also writes
// the chart there. The log is made here: 40,000 requests in a day. Most are for a few products, and every three hours a
// crawler reads all pages.
import { writeFileSync } from 'node:fs';
import { simulate, toSvg } from 'holdfast/tuning';

const PRODUCTS = 3_000;
const DAY = 86_400;
const START = Date.UTC(2026, 0, 5);

/** Numbers from 0 to 1, the same ones in each run. */
function* randomNumbers() {
  for (let state = 1; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

function accessLog() {
  const random = randomNumbers();
  const requests = [];
  for (let count = 0; count < 40_000 - 7 * 1_500; count++) {
    const product = Math.floor(PRODUCTS ** random.next().value);
    requests.push({ second: random.next().value * DAY, url: `/products/${product}` });
  }
  for (let crawl = 1; crawl < 8; crawl++) {
    for (let page = 1; page <= 1_500; page++) {
      requests.push({ second: crawl * 10_800 + page / 10, url: `/products/${2 * page}` });
    }
  }
  requests.sort((a, b) => a.second - b.second);
  return requests.map(({ second, url }) => {
    const [hour, rest] = [Math.floor(second / 3_600), Math.floor(second % 3_600)];
    const time = [hour, Math.floor(rest / 60), rest % 60].map((part) =>
      String(part).padStart(2, '0'),
    );
    const day = new Date(START).toUTCString().slice(5, 16).replaceAll(' ', '/');
    return `192.0.2.1 - - [${day}:${time.join(':')} +0000] "GET ${url} HTTP/1.1" 200 5120`;
  });
}

const report = await simulate(new Blob([accessLog().join('\n')]), {
  sizes: [10, 30, 100, 300, 1_000, 3_000],
  ttls: ['1m', '10m', '1h'],
});

console.log(report.requests, 'requests,', report.uniqueKeys, 'keys, format', report.format);
for (const { about, text } of report.advice) console.log(`${about}: ${text}`);
const [path] = process.argv.slice(2);
if (path) writeFileSync(path, toSvg(report));
