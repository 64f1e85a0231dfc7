// Cache keys: the type, the order and the content of the arguments count, at any depth.
import { resilient } from 'holdfast';

let runs = 0;
const search = resilient(
  async (query, page = 1) => {
    runs++;
    return [`page ${page} of the results for ${JSON.stringify(query)}`];
  },
  { cache: true },
);
// cache.key replaces the default key: here the token is not part of it.
const profile = resilient(async (id, _token) => ({ id, run: ++runs }), {
  cache: { key: (id) => id },
});

/** Makes the call and prints whether the function ran. */
async function show(call) {
  const before = runs;
  await call();
  console.log(String(call).replace('() => ', '').padEnd(42), runs > before ? 'runs' : 'hit');
}

await show(() => search('python', 1));
await show(() => search('python', 2));
await show(() => search('python', 1));

// The key is made of the passed arguments. Default parameters are not applied.
await show(() => search('python'));
await show(() => search('python', '1'));

// Objects are compared by content. The order of their properties does not count.
await show(() => search({ text: 'python', in: ['title'] }));
await show(() => search({ in: ['title'], text: 'python' }));
await show(() => search({ in: ['notes'], text: 'python' }));

await show(() => profile(42, 'token-1'));
await show(() => profile(42, 'token-2'));

// Removes the result of these arguments.
console.log('invalidated:', search.invalidate('python', 1));
await show(() => search('python', 1));
