/**
 * The kinds of keys. A timed loop goes through an array of items; `key` is the code that makes a key of an item.
 * - integer: small integers, which V8 keeps in the pointer (a Smi) and a Map hashes without a memory access
 * - string: the stored string itself, interned, with its hash computed before
 * - built string: concatenated for each operation, as from a request; the row 'the key alone' is the cost of that
 * - object: compared by identity
 */
export const KEY_KINDS = {
  integer: { item: (i) => i, key: 'item' },
  string: { item: (i) => interned(`key:${i}`), key: 'item' },
  'built string': { item: (i) => i, key: "'key:' + item" },
  object: { item: (i) => ({ i }), key: 'item' },
};

/** Engines intern the strings that were property names. */
function interned(text) {
  return Object.keys({ [text]: 0 })[0];
}

/** The first `count` items of a kind. */
export function itemsOf(kind, count) {
  return Array.from({ length: count }, (_, i) => KEY_KINDS[kind].item(i));
}
