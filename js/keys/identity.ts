/** Numbers for what is compared by identity. Nothing is kept alive by having one. */
const numbers = new WeakMap<object | symbol, number>();

/** Symbols that the engine refuses as weak keys; elsewhere only registered ones get here. */
const strongNumbers = new Map<object | symbol, number>();

let lastNumber = 0;

/**
 * A number that stands for this one object, function or symbol, the same each time it is asked for
 * and never given to another.
 *
 * @param value - what is to be told apart by identity
 * @returns an integer from 1
 */
export function identityOf(value: object | symbol): number {
  const known = numbers.get(value) ?? strongNumbers.get(value);
  if (known !== undefined) return known;
  lastNumber += 1;
  try {
    numbers.set(value, lastNumber);
  } catch {
    strongNumbers.set(value, lastNumber);
  }
  return lastNumber;
}
