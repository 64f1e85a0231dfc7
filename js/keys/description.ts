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

/** The text of an object from those of all its values. Members are put in the order of their texts. */
export function describedText(
  { text, ordered, width }: Description,
  texts: readonly string[],
): string {
  if (width === 0) return text + texts.join('');
  const members: string[] = [];
  for (let index = ordered; index < texts.length; index += width) {
    members.push(texts.slice(index, index + width).join(''));
  }
  return text + texts.slice(0, ordered).join('') + members.sort().join('');
}
