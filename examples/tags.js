// Tags: remove all results that depend on one thing, whatever the arguments were.
import { ResultCache, resilient } from 'holdfast';

const orders = [
  { user: 42, item: 'tea' },
  { user: 42, item: 'milk' },
  { user: 7, item: 'coffee' },
];
let runs = 0;

// One store for both functions, so that one call reaches the results of both.
const store = new ResultCache({ maxSize: 1_000, ttl: '1h' });

const countOrders = resilient(
  async (user) => {
    runs++;
    return orders.filter((order) => order.user === user).length;
  },
  { name: 'countOrders', cache: { store, tags: (_count, user) => [`user:${user}`] } },
);
const findBuyers = resilient(
  async (item) => {
    runs++;
    return orders.filter((order) => order.item === item).map(({ user }) => user);
  },
  // The tags come from the result: each user that is in it.
  { name: 'findBuyers', cache: { store, tags: (users) => users.map((user) => `user:${user}`) } },
);

const show = async (title) => {
  const before = runs;
  const counts = [await countOrders(42), await countOrders(7)];
  const buyers = [await findBuyers('tea'), await findBuyers('coffee')];
  console.log(`${title}:`, counts.join(' '), '|', buyers.join(' '), `| ${runs - before} runs`);
};
await show('at first');
await show('again');

orders.push({ user: 42, item: 'bread' });
console.log('entries of user 42:', store.invalidateTag('user:42'));
await show('after an order of user 42');

console.log(store.info(findBuyers.makeKey('tea')).tags);
