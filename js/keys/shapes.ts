import { stringText } from './text.ts';

/** What objects with the same property names have in common. */
export interface Shape {
  /** The names as they came. */
  readonly given: readonly string[];
  /** The names in order. */
  readonly names: readonly string[];
  /** The text of the names. It tells how many there are, so that nothing need end the values. */
  readonly text: string;
}

/** How many shapes are remembered. A power of two. */
const PLACES = 256;
/** Shapes with a longer text are not remembered, and their texts are parts of their own in a key. */
export const MAX_SHAPE_TEXT = 1024;

/** Each has one place, and a newcomer takes it: what is remembered decides nothing but the speed. */
const shapes: (Shape | undefined)[] = new Array<undefined>(PLACES).fill(undefined);

/**
 * The shape of objects with these names. Putting names in order takes longer than all the rest, and
 * most objects look like one that was here before.
 *
 * @param given - the names in any order, each once; not to be changed afterwards
 * @returns their shape
 */
export function shapeOf(given: readonly string[]): Shape {
  const { length } = given;
  const first = given[0] ?? '';
  const last = given[length - 1] ?? '';
  const place =
    (31 * length +
      7 * first.length +
      13 * last.length +
      first.charCodeAt(0) * 3 +
      last.charCodeAt(0) * 17) &
    (PLACES - 1);
  const known = shapes[place];
  if (known !== undefined && isSame(known.given, given, length)) return known;
  const shape = makeShape(given);
  if (shape.text.length <= MAX_SHAPE_TEXT) shapes[place] = shape;
  return shape;
}

function isSame(names: readonly string[], others: readonly string[], length: number): boolean {
  if (names.length !== length) return false;
  for (let index = 0; index < length; index += 1) {
    if (names[index] !== others[index]) return false;
  }
  return true;
}

function makeShape(given: readonly string[]): Shape {
  const names = [...given].sort();
  let text = `{${names.length}:`;
  for (const name of names) text += stringText(name);
  return { given, names, text };
}
