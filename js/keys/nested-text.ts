import { describe } from './describe.ts';
import { descriptionText } from './description.ts';
import { numberText, primitiveText, stringText } from './primitive-text.ts';
import { plainShape, type Shape } from './shape.ts';

/** Longer texts are left to the graph encoding, which writes a repeated part once. */
const MAX_TEXT_CHARS = 1 << 18;
/** Deeper arguments are left to the graph encoding, which does not recurse. */
const MAX_DEPTH = 100;

/**
 * Thrown when a text becomes too long or too deep. This depends only on the text with every repetition and cycle
 * written out, so equal arguments always get the same encoding.
 */
export const TOO_BIG: unique symbol = /* @__PURE__ */ Symbol('too big');

/**
 * Writes values with everything nested in them. A value that occurs twice is written twice.
 *
 * @param head the start of the text
 * @param count how many of the values to write
 * @param depth how many objects the values are nested in
 * @throws TOO_BIG
 */
export function listText(
  head: string,
  values: readonly unknown[],
  count: number,
  depth: number,
): string {
  let text = head;
  for (let index = 0; index < count; index += 1) {
    text += valueText(values[index], depth);
    if (text.length > MAX_TEXT_CHARS) throw TOO_BIG;
  }
  return text;
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
  const shape = plainShape(value);
  if (shape !== undefined) return plainText(value, shape, depth);
  // Each item takes at least one character.
  if (Array.isArray(value) && value.length > MAX_TEXT_CHARS) throw TOO_BIG;
  const description = describe(value);
  const { headText, heldValues, valueCount, memberSize } = description;
  if (memberSize === 0) return listText(headText, heldValues, valueCount, depth);
  let { length } = headText;
  const texts = heldValues.map((each) => {
    const text = valueText(each, depth);
    length += text.length;
    if (length > MAX_TEXT_CHARS) throw TOO_BIG;
    return text;
  });
  return descriptionText(description, texts);
}

/** {@link listText} for a plain object, without an array of its values: most objects in keys are plain. */
function plainText(value: object, shape: Shape, depth: number): string {
  const { sortedNames } = shape;
  const record = value as Readonly<Record<PropertyKey, unknown>>;
  let text = shape.namesText;
  for (let index = 0; index < sortedNames.length; index += 1) {
    text += valueText(record[sortedNames[index] as PropertyKey], depth);
    if (text.length > MAX_TEXT_CHARS) throw TOO_BIG;
  }
  return text;
}
