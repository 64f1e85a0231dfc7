/** What functions are called with. Each time that `make` is called the arguments are new, as in life. */
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

/** A key for the caches that leave making one to who uses them: the argument if that will do, or JSON. */
export function plainKey(args) {
  return args.length === 1 && typeof args[0] !== 'object' ? args[0] : JSON.stringify(args);
}
