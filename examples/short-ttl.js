// A short ttl for data that changes all the time: results are at most one second old, with one call per second.
import { setTimeout as sleep } from 'node:timers/promises';
import { resilient } from 'holdfast';

const market = {
  trades: 0,
  async price(_symbol) {
    await sleep(20);
    return 100 + this.trades++;
  },
};

const getStockPrice = resilient((symbol) => market.price(symbol), {
  cache: { maxSize: 50, ttl: '1s' },
});

console.log('ACME', await getStockPrice('ACME'));
console.log('ACME', await getStockPrice('ACME'), 'at once again: the same');
await sleep(1_100);
console.log('ACME', await getStockPrice('ACME'), 'after the ttl: a new one');
