/**
 * The kinds of keys. A loop goes through an array of parts, and `key` is the code that makes a key of a part.
 * - integer: small ones, which V8 keeps in the pointer (a Smi) and a Map hashes without looking anything up
 * - string: the very string that was stored, interned, its hash computed before
 * - built string: put together from its parts for each operation, as from a request; what that alone costs is a row
 * - object: compared by identity
 */
export const KEY_KINDS = {
  integer: { part: (i) => i, key: 'part' },
  string: { part: (i) => interned(`key:${i}`), key: 'part' },
  'built string': { part: (i) => i, key: "'key:' + part" },
  object: { part: (i) => ({ i }), key: 'part' },
};

/** Property names are interned, and so is a string that has been one. */
function interned(text) {
  return Object.keys({ [text]: 0 })[0];
}

/** The first parts of a kind; `number` of them. */
export function partsOf(kind, number) {
  return Array.from({ length: number }, (_, i) => KEY_KINDS[kind].part(i));
}
