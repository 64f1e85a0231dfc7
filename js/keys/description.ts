/** What an object is made of. */
export interface Description {
  /** Its kind and all about it that is text, among it how many values it holds. */
  readonly text: string;
  /** The values that it holds: those in order, then the members of a map or set, in any order. */
  readonly values: readonly unknown[];
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
  return { text, values, ordered, width };
}

/**
 * The texts of members, in order.
 *
 * @param values - what holds their values
 * @param start - where those begin
 * @param width - how many of them are a member
 * @param textOf - gives the text of a value
 */
export function membersText<Value>(
  values: readonly Value[],
  start: number,
  width: number,
  textOf: (value: Value) => string,
): string {
  const texts: string[] = [];
  for (let index = start; index < values.length; index += width) {
    texts.push(
      values
        .slice(index, index + width)
        .map(textOf)
        .join(''),
    );
  }
  return texts.sort().join('');
}
