// Makes cache keys from arguments. A key is made in these steps; each file imports only from files further down:
//
// 1. `make-key.ts`: a single primitive is its own key. Any other arguments become one text.
// 2. `nested-text.ts` writes the arguments in one recursive pass, and gives up if they are too large or too deep.
// 3. `graph-text.ts` writes those without recursion, each distinct part once. `graph.ts` finds the parts and cycles.
// 4. `describe.ts` takes one object apart, for both encodings. It decides whether the object counts by its content.
//    `describe-built-in.ts` does this for dates, maps, buffers and other instances of built-in classes.
// 5. `description.ts` is the result: a head text, and the values that the object holds.
// 6. `shape.ts` writes property names, and remembers those of plain objects.
// 7. `primitive-text.ts` writes a value that holds no others. `identity.ts` numbers objects that count by identity.
//
// `intrinsics.ts` has the built-in methods that these files call.

import { encodeGraph } from './graph-text.ts';
import { listText, TOO_BIG } from './nested-text.ts';

/** The start of every composite key. A string argument with this start is never its own key. */
const PREFIX = '\0(';

/** Whether a sole argument is its own key: a primitive, but no symbol and no string that starts with U+0000. */
export function isOwnKey(only: unknown): boolean {
  const kind = typeof only;
  return kind === 'string'
    ? (only as string).charCodeAt(0) !== 0
    : only === null || (kind !== 'object' && kind !== 'symbol' && kind !== 'function');
}

/**
 * Makes a key from the arguments of a call. Keys are compared as `Map` compares: they are equal for equal arguments,
 * and differ for different ones.
 *
 * A single primitive is its own key; anything else becomes a string. Data counts by its content: arrays, plain
 * objects, dates, maps, sets and buffers, to any depth. Functions and instances of other classes count by identity;
 * the key does not keep them alive.
 *
 * @param args the arguments; their number and order count
 * @throws the error of a getter or proxy among the arguments
 */
export function makeKey(args: readonly unknown[]): unknown {
  if (args.length === 1 && isOwnKey(args[0])) return args[0];
  return encodeArguments(args);
}

/**
 * Encodes arguments for a key that has further parts. Two results are equal exactly when {@link makeKey} gives equal
 * keys.
 *
 * @returns a string that starts with U+0000 and an opening parenthesis
 * @throws the error of a getter or proxy among the arguments
 */
export function encodeArguments(args: readonly unknown[]): string {
  try {
    return listText(PREFIX, args, args.length, 0);
  } catch (error) {
    if (error !== TOO_BIG) throw error;
  }
  return PREFIX + encodeGraph(args);
}
