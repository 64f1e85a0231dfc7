import { identityOf } from './identity.ts';

/** Two kinds of writer fill a key: one nests what it meets, the other refers to it by number. */
export interface Sink {
  /** Adds text as it stands. */
  write(text: string): void;
  /** Adds any value. */
  value(value: unknown): void;
  /** Adds a property: its name, then its value. */
  property(name: string, value: unknown): void;
  /** Adds groups of `width` values each (set members, or map keys with values) whose order does not count. */
  members(values: readonly unknown[], width: 1 | 2): void;
  /** Says beforehand that at least this many characters are to come. */
  reserve(length: number): void;
}

/** The usual lengths and small numbers are looked up: putting them together takes longer. */
const READY = 256;
const readyLengths = Array.from({ length: READY }, (_, length) => `${length}:`);
const readyStringHeads = Array.from({ length: READY }, (_, length) => `"${length}:`);
const readyNumbers = Array.from({ length: READY }, (_, value) => `${value},`);

/** What goes before the content of a string. */
export function stringHead(length: number): string {
  return readyStringHeads[length] ?? `"${length}:`;
}

/** The text of a string: its length goes first, so that no content can imitate what surrounds it. */
export function stringText(value: string): string {
  return stringHead(value.length) + value;
}

/** What goes before a property name, or any text that has its place and needs no mark. */
export function nameHead(length: number): string {
  return readyLengths[length] ?? `${length}:`;
}

/** The text of a property name; unlike a number, its digits are followed by a colon. */
export function nameText(name: string): string {
  return nameHead(name.length) + name;
}

/** The text of a number: '0' for -0 and 'NaN' for every NaN, which a `Map` takes for equal too. */
export function numberText(value: number): string {
  return (value & (READY - 1)) === value ? (readyNumbers[value] as string) : `${value},`;
}

/** The text of a symbol: a registered one goes by its key, any other by identity. */
export function symbolText(value: symbol): string {
  const key = Symbol.keyFor(value);
  return key === undefined ? identityText(value) : `k${nameText(key)}`;
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
