// A database with four connections. Reports may use two of them, so that the shop always has the other two.
import { setTimeout as sleep } from 'node:timers/promises';
import { Bulkhead, resilient } from 'holdfast';

// Reports are slow: here they take until all sales are done.
let closeTheShop;
const closed = new Promise((resolve) => {
  closeTheShop = resolve;
});

let open = 0;
let most = 0;
async function query(sql) {
  most = Math.max(most, ++open);
  await (sql.startsWith('report') ? closed : sleep(5));
  open--;
  return `rows of ${sql}`;
}

const forReports = new Bulkhead({ maxConcurrent: 2, maxWait: '30s' });
const forTheShop = new Bulkhead({ maxConcurrent: 2, maxWait: '30s' });

const report = resilient(query, { name: 'report', bulkhead: forReports });
// Both functions share one bulkhead.
const readProduct = resilient(query, { name: 'readProduct', bulkhead: forTheShop });
const saveOrder = resilient(query, { name: 'saveOrder', bulkhead: forTheShop });

const reports = Array.from({ length: 6 }, (_, n) => report(`report ${n}`));
const sales = [
  ...Array.from({ length: 5 }, (_, n) => readProduct(`product ${n}`)),
  saveOrder('order'),
];
console.log('reports:', forReports.metrics);
console.log('shop:', forTheShop.metrics);

await Promise.all(sales);
console.log(`all ${sales.length} sales are done`);
console.log('reports:', forReports.metrics);
closeTheShop();
await Promise.all(reports);
console.log(`all ${reports.length} reports are done; connections at a time: ${most}`);

// Without maxWait, calls beyond maxConcurrent are refused immediately.
const impatient = resilient(query, { bulkhead: { maxConcurrent: 1 }, fallback: 'try again' });
console.log(await Promise.all([impatient('a'), impatient('b')]));
