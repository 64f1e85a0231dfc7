// Keys are made of the arguments: their kind, their order and their content, to any depth.
import { resilient } from 'holdfast';

let runs = 0;
const search = resilient(
  async (query, page = 1) => {
    runs++;
    return [`page ${page} of the results for ${JSON.stringify(query)}`];
  },
  { cache: true },
);
// A key of one's own: the token is no part of it.
const profile = resilient(async (id, _token) => ({ id, run: ++runs }), {
  cache: { key: (id) => id },
});

/** Makes the call, and says whether the function ran for it. */
async function show(call) {
  const before = runs;
  await call();
  console.log(String(call).replace('() => ', '').padEnd(42), runs > before ? 'runs' : 'hit');
}

await show(() => search('python', 1));
await show(() => search('python', 2));
await show(() => search('python', 1));

// What counts is what the caller wrote, not the defaults that the function would fill in.
await show(() => search('python'));
await show(() => search('python', '1'));

// Objects count by their content. The order of their properties is no part of it.
await show(() => search({ text: 'python', in: ['title'] }));
await show(() => search({ in: ['title'], text: 'python' }));
await show(() => search({ in: ['notes'], text: 'python' }));

await show(() => profile(42, 'token-1'));
await show(() => profile(42, 'token-2'));

// One result is out of date: its arguments say which.
console.log('invalidated:', search.invalidate('python', 1));
await show(() => search('python', 1));
