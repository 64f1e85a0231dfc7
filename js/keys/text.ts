import { identityOf } from './identity.ts';

/** The usual lengths and small numbers are looked up: putting them together takes longer. */
const READY = 256;
const readyStringHeads: string[] = [];
const readyNumbers: string[] = [];

/** The text of a string: its length goes first, so that no content can imitate what surrounds it. */
export function stringText(value: string): string {
  const { length } = value;
  if (length >= READY) return `"${length}:${value}`;
  readyStringHeads[length] ??= `"${length}:`;
  return readyStringHeads[length] + value;
}

/** The text of a number: '0' for -0 and 'NaN' for every NaN, which a `Map` takes for equal too. */
export function numberText(value: number): string {
  if ((value & (READY - 1)) !== value) return `${value},`;
  readyNumbers[value] ??= `${value},`;
  return readyNumbers[value] as string;
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
    case 'undefined':
      return 'u';
    case 'function':
      return identityText(value);
    default:
      return 'n';
  }
}
