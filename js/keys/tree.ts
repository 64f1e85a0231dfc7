import { describe } from './describe.ts';
import { describedText } from './description.ts';
import { plainShape } from './plain.ts';
import type { Shape } from './shapes.ts';
import { numberText, primitiveText, stringText } from './text.ts';

/** Keys longer than this are left to the graph encoding, which writes what is repeated once. */
const MAX_TEXT = 1 << 18;
/** Deeper arguments are left to it too: it does not recurse. */
const MAX_DEPTH = 100;

/**
 * Thrown, and caught by whoever asked for a text, when it would be too long or too deep. This
 * depends on nothing but the text itself, each repetition and each cycle written out, so equal
 * arguments always meet the same fate.
 */
export const TOO_BIG: unique symbol = Symbol('too big');

/**
 * The text of several values, nested: what occurs in them is written as often as it occurs.
 *
 * @param text - what the text starts with
 * @param values - what follows
 * @param count - how many of the values
 * @param depth - how many objects the values are in
 * @throws TOO_BIG
 */
export function listText(
  text: string,
  values: readonly unknown[],
  count: number,
  depth: number,
): string {
  let all = text;
  for (let index = 0; index < count; index += 1) {
    all += valueText(values[index], depth);
    if (all.length > MAX_TEXT) throw TOO_BIG;
  }
  return all;
}

function valueText(value: unknown, depth: number): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'object' && value !== null
    ? objectText(value, depth + 1)
    : primitiveText(value);
}

function recordText(value: object, { text, names }: Shape, depth: number): string {
  const record = value as Readonly<Record<PropertyKey, unknown>>;
  let all = text;
  for (let index = 0; index < names.length; index += 1) {
    all += valueText(record[names[index] as PropertyKey], depth);
    if (all.length > MAX_TEXT) throw TOO_BIG;
  }
  return all;
}

function objectText(value: object, depth: number): string {
  if (depth > MAX_DEPTH) throw TOO_BIG;
  const shape = plainShape(value);
  if (shape !== undefined) return recordText(value, shape, depth);
  // Each item takes a character at least.
  if (Array.isArray(value) && value.length > MAX_TEXT) throw TOO_BIG;
  const described = describe(value);
  const { text, values, count, width } = described;
  if (width === 0) return listText(text, values, count, depth);
  let { length } = text;
  const texts = values.map((each) => {
    const text = valueText(each, depth);
    length += text.length;
    if (length > MAX_TEXT) throw TOO_BIG;
    return text;
  });
  return describedText(described, texts);
}
