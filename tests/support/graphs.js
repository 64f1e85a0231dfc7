/** Whether two keys are equal, as a Map compares. */
export const same = (a, b) => new Map([[a, 1]]).has(b);

/** A leaf within this many levels. */
export function nest(levels, leaf, wrap) {
  let value = leaf;
  for (let level = 0; level < levels; level += 1) value = wrap(value, level);
  return value;
}

/** A cycle of this many nodes, the last of which is made by `last`. */
export function ring(length, wrap = (next) => [next], last = wrap) {
  const first = last(null);
  let node = first;
  for (let count = 1; count < length; count += 1) node = wrap(node);
  if (Array.isArray(first)) first[0] = node;
  else first.next = node;
  return node === first ? first : node;
}
