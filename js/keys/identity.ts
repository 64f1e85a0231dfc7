/** The numbers of objects, functions and symbols. A number does not keep its object alive. */
const numbers = new WeakMap<object | symbol, number>();

/** The numbers of symbols that the engine refuses as weak keys. */
const strongNumbers = new Map<object | symbol, number>();

let lastNumber = 0;

/**
 * The number of one object, function or symbol: the same at every call, and never that of another.
 *
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
