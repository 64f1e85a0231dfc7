import { identityOf } from './identity.ts';

/** Short lengths and small numbers are looked up: putting them together takes longer. */
const READY = 256;
const readyNumbers = Array.from({ length: READY }, (_, value) => `${value},`);
const readyStringHeads = Array.from({ length: READY }, (_, length) => `"${length}:`);

/** The text of a string: its length goes first, so that no content can imitate what surrounds it. */
export function stringText(value: string): string {
  const { length } = value;
  return length < READY ? readyStringHeads[length] + value : `"${length}:${value}`;
}

/** The text of a number: '0' for -0 and 'NaN' for every NaN, which a `Map` takes for equal too. */
export function numberText(value: number): string {
  return (value & (READY - 1)) === value ? (readyNumbers[value] as string) : `${value},`;
}

/** The text of what is compared by identity. */
export function identityText(value: object | symbol): string {
  return `@${identityOf(value)},`;
}

/**
 * The text of anything that is not an object. Every text says itself where it ends, so texts can
 * follow each other without a separator.
 */
export function primitiveText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return stringText(value);
    case 'number':
      return numberText(value);
    case 'boolean':
      return value ? 't' : 'f';
    case 'bigint':
      return `b${value},`;
    case 'symbol': {
      const key = Symbol.keyFor(value);
      return key === undefined ? identityText(value) : `k${stringText(key)}`;
    }
    default:
      // A browser's `document.all` is an object, though its type is 'undefined'.
      return value === null ? 'n' : value === undefined ? 'u' : identityText(value);
  }
}
