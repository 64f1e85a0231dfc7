/** Arguments of calls, by their kind. `make(i)` returns new objects each time, as a real caller does. */
export const CALLS = {
  'one number': (i) => [i],
  'one string': (i) => [`user:${i}`],
  'two arguments': (i) => [`user:${i}`, i % 10],
  'a small object': (i) => [{ id: i, lang: 'en', page: 1 }],
  'a nested object': (i) => [
    {
      user: { id: i, roles: ['admin', 'editor'] },
      filter: { text: `cats ${i}`, tags: ['a', 'b'], range: { from: 0, to: 100 } },
      sort: [{ by: 'date', descending: true }],
    },
  ],
};

/** The key for caches whose users make the keys: a single primitive argument as it is, otherwise JSON. */
export function plainKey(args) {
  return args.length === 1 && typeof args[0] !== 'object' ? args[0] : JSON.stringify(args);
}
