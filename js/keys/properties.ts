import { type Description, description } from './description.ts';
import { getOwnPropertyDescriptor, getOwnPropertySymbols, keys } from './intrinsics.ts';
import { MAX_SHAPE_TEXT, shapeOf } from './shapes.ts';
import { symbolText } from './text.ts';

/** The symbols of an object's enumerable properties. */
export function enumerableSymbols(value: object): symbol[] {
  return getOwnPropertySymbols(value).filter(
    (symbol) => getOwnPropertyDescriptor(value, symbol)?.enumerable === true,
  );
}

/**
 * Describes an object by its own enumerable properties, in the order of their names.
 *
 * @param head - what else there is to say: its kind, and its inner state
 * @param value - the object
 * @param symbols - those that count
 * @param before - values that come before those of the properties
 */
export function describeProperties(
  head: string,
  value: object,
  symbols: readonly symbol[] = enumerableSymbols(value),
  before: readonly unknown[] = [],
): Description {
  const record = value as Readonly<Record<string | symbol, unknown>>;
  const shape = shapeOf(keys(value));
  const byText = symbols.map((symbol): [string, symbol] => [symbolText(symbol), symbol]);
  byText.sort((one, other) => (one[0] < other[0] ? -1 : 1));
  let text = head;
  if (byText.length > 0) text += `%${byText.length}:${byText.map(([text]) => text).join('')}`;
  const parts: unknown[] = [...before];
  if (shape.text.length > MAX_SHAPE_TEXT) {
    text += '}';
    parts.push(shape.text);
  } else {
    text += shape.text;
  }
  for (const name of shape.names) parts.push(record[name]);
  for (const [, symbol] of byText) parts.push(record[symbol]);
  return description(text, parts);
}
