import { encodeGraph } from './canonical.ts';
import { listText, TOO_BIG } from './tree.ts';

/** What every composite key starts with. A string argument that does so is never its own key. */
const PREFIX = '\0(';

/** Whether an argument that is the only one is its own key: all primitives but some texts, and symbols. */
export function isOwnKey(only: unknown): boolean {
  const kind = typeof only;
  return kind === 'string'
    ? (only as string).charCodeAt(0) !== 0
    : only === null || (kind !== 'object' && kind !== 'symbol' && kind !== 'function');
}

/**
 * Makes a key from the arguments of a call, to be compared as `Map` compares: equal for equal
 * arguments, never equal for different ones.
 *
 * A single primitive is its own key, everything else becomes a string. Data counts by its content:
 * arrays, plain objects, dates, maps, sets, buffers and their like, to any depth. Functions and
 * instances of classes count by identity; the key does not keep them alive.
 *
 * @param args - the arguments; how many there are and in which order counts
 * @returns the key
 * @throws whatever a getter or proxy among the arguments throws
 */
export function makeKey(args: readonly unknown[]): unknown {
  if (args.length === 1 && isOwnKey(args[0])) return args[0];
  return encodeArguments(args);
}

/**
 * The composite key of arguments, for keys that are to be extended: two of these are equal exactly
 * when {@link makeKey} gives equal keys.
 *
 * @param args - the arguments of a call
 * @returns a string that starts with U+0000 and an opening parenthesis
 * @throws whatever a getter or proxy among the arguments throws
 */
export function encodeArguments(args: readonly unknown[]): string {
  try {
    return listText(PREFIX, args, args.length, 0);
  } catch (error) {
    if (error !== TOO_BIG) throw error;
  }
  return PREFIX + encodeGraph(args);
}
