import { identityOf } from './identity.ts';

/** The usual lengths and small numbers are looked up: putting them together takes longer. */
const READY = 256;
const readyStringHeads = Array.from({ length: READY }, (_, length) => `"${length}:`);
const readyNumbers = Array.from({ length: READY }, (_, value) => `${value},`);

/** The text of a string: its length goes first, so that no content can imitate what surrounds it. */
export function stringText(value: string): string {
  const { length } = value;
  return (length < READY ? (readyStringHeads[length] as string) : `"${length}:`) + value;
}

/** The text of a number: '0' for -0 and 'NaN' for every NaN, which a `Map` takes for equal too. */
export function numberText(value: number): string {
  return (value & (READY - 1)) === value ? (readyNumbers[value] as string) : `${value},`;
}

/** The text of a symbol: a registered one goes by its key, any other by identity. */
export function symbolText(value: symbol): string {
  const key = Symbol.keyFor(value);
  return key === undefined ? identityText(value) : `k${stringText(key)}`;
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
    case 'symbol':
      return symbolText(value);
    case 'undefined':
      return 'u';
    case 'function':
      return identityText(value);
    default:
      return 'n';
  }
}
