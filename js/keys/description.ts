import { identityText } from './text.ts';

/** What an object is made of. */
export interface Description {
  /** Its kind and all about it that is text, among it how many values it holds. */
  readonly text: string;
  /** The values that it holds, in order. */
  readonly parts: readonly unknown[];
  /** What a map or set holds, in any order: groups of `width` values. */
  readonly members: readonly unknown[];
  readonly width: number;
}

const NOTHING: readonly unknown[] = [];

/** Describes an object. */
export function description(
  text: string,
  parts: readonly unknown[] = NOTHING,
  members: readonly unknown[] = NOTHING,
  width = 1,
): Description {
  return { text, parts, members, width };
}

/** Describes an object that counts by its identity. */
export function byIdentity(value: object): Description {
  return description(identityText(value));
}
