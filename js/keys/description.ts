/** What an object is made of. */
export interface Description {
  /** Its kind and all about it that is text, among it how many values it holds. */
  readonly text: string;
  /** The values that it holds: those in order, then the members of a map or set, in any order. */
  readonly values: readonly unknown[];
  /** How many values there are. */
  readonly count: number;
  /** How many values are in order. */
  readonly ordered: number;
  /** How many values a member has; 0 where there are none. */
  readonly width: number;
}

/** Describes an object. */
export function description(
  text: string,
  values: readonly unknown[],
  ordered = values.length,
  width = 0,
): Description {
  return { text, values, count: width === 0 ? ordered : values.length, ordered, width };
}

/**
 * Puts the members among the texts of values in order.
 *
 * @param texts - those of all values
 * @param start - where the members begin
 * @param width - how many texts each has
 */
export function membersText(texts: readonly string[], start: number, width: number): string {
  const members: string[] = [];
  for (let index = start; index < texts.length; index += width) {
    members.push(texts.slice(index, index + width).join(''));
  }
  return members.sort().join('');
}

/** The text of an object from those of all its values. */
export function describedText(
  { text, ordered, width }: Description,
  texts: readonly string[],
): string {
  return width === 0
    ? text + texts.join('')
    : text + texts.slice(0, ordered).join('') + membersText(texts, ordered, width);
}
