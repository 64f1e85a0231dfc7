// A database with four connections. Reports may take two of them, so that they never keep the shop waiting.
import { setTimeout as sleep } from 'node:timers/promises';
import { Bulkhead, resilient } from 'holdfast';

let open = 0;
let most = 0;
async function query(sql) {
  most = Math.max(most, ++open);
  await sleep(sql.startsWith('report') ? 40 : 5);
  open--;
  return `rows of ${sql}`;
}

const forReports = new Bulkhead({ maxConcurrent: 2, maxWait: '30s' });
const forTheShop = new Bulkhead({ maxConcurrent: 2, maxWait: '5s' });

// Two functions share the connections of the shop.
const report = resilient(query, { name: 'report', bulkhead: forReports });
const readProduct = resilient(query, { name: 'readProduct', bulkhead: forTheShop });
const saveOrder = resilient(query, { name: 'saveOrder', bulkhead: forTheShop });

const done = [];
const note = (what) => (rows) => done.push(what) && rows;
const reports = Array.from({ length: 6 }, (_, n) => report(`report ${n}`).then(note('report')));
const sales = [
  ...Array.from({ length: 5 }, (_, n) => readProduct(`product ${n}`).then(note('sale'))),
  saveOrder('order').then(note('sale')),
];
console.log('reports:', forReports.metrics);
console.log('shop:', forTheShop.metrics);

await Promise.all(sales);
const before = done.filter((what) => what === 'report').length;
console.log(
  `all ${sales.length} sales are done; reports still under way: ${before < reports.length}`,
);
await Promise.all(reports);
console.log(`all ${reports.length} reports are done; connections at a time: ${most}`);

// Without maxWait, what is too much is refused at once.
const impatient = resilient(query, { bulkhead: { maxConcurrent: 1 }, fallback: 'try again' });
console.log(await Promise.all([impatient('a'), impatient('b')]));
