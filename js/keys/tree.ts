import { describe } from './describe.ts';
import { plainItems, plainShape } from './plain.ts';
import type { Shape } from './shapes.ts';
import { numberText, primitiveText, stringText } from './text.ts';

const { isArray } = Array;

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
 * @param depth - how many objects the values are in
 * @throws TOO_BIG
 */
export function listText(text: string, values: readonly unknown[], depth: number): string {
  let all = text;
  for (let index = 0; index < values.length; index += 1) {
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

function objectText(value: object, depth: number): string {
  if (depth > MAX_DEPTH) throw TOO_BIG;
  if (isArray(value)) {
    const items = plainItems(value);
    if (items !== undefined) return listText(`[${items.length}:`, items, depth);
  } else {
    const shape = plainShape(value);
    if (shape !== undefined) return recordText(value, shape, depth);
  }
  const { text, parts, members, width } = describe(value);
  return groupedText(listText(text, parts, depth), members, width, depth);
}

function recordText(value: object, { names, text }: Shape, depth: number): string {
  const record = value as Readonly<Record<string, unknown>>;
  let all = text;
  for (let index = 0; index < names.length; index += 1) {
    all += valueText(record[names[index] as string], depth);
    if (all.length > MAX_TEXT) throw TOO_BIG;
  }
  return all;
}

/** Adds the members of a set or map, in the order of their texts. */
function groupedText(
  start: string,
  members: readonly unknown[],
  width: number,
  depth: number,
): string {
  const texts: string[] = [];
  let { length } = start;
  for (let index = 0; index < members.length; index += width) {
    const text = listText('', members.slice(index, index + width), depth);
    length += text.length;
    if (length > MAX_TEXT) throw TOO_BIG;
    texts.push(text);
  }
  return start + texts.sort().join('');
}
