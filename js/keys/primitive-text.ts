import { identityOf } from './identity.ts';

/** Heads of short strings and small numbers are looked up: building them takes longer. */
const TABLE_SIZE = 256;
const numberTexts = /* @__PURE__ */ Array.from({ length: TABLE_SIZE }, (_, value) => `${value},`);
const stringHeads = /* @__PURE__ */ Array.from({ length: TABLE_SIZE }, (_, size) => `"${size}:`);

/** Writes a string after its length, so that its content cannot imitate the text around it. */
export function stringText(value: string): string {
  const { length } = value;
  return length < TABLE_SIZE ? stringHeads[length] + value : `"${length}:${value}`;
}

/** Writes a number: 0 and -0 alike, and every NaN alike, as `Map` compares them. */
export function numberText(value: number): string {
  return (value & (TABLE_SIZE - 1)) === value ? (numberTexts[value] as string) : `${value},`;
}

/** Writes a value that counts by its identity. */
export function identityText(value: object | symbol): string {
  return `@${identityOf(value)},`;
}

/** Writes a value that is no object. Every text marks its own end, so that texts need no separator. */
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
      // The `document.all` of browsers is an object of type 'undefined'.
      return value === null ? 'n' : value === undefined ? 'u' : identityText(value);
  }
}
