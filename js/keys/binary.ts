import { methodOf } from './intrinsics.ts';

/** Arguments per call when bytes become characters; engines limit them. */
const CHUNK = 8192;

/**
 * Makes the function that reads the bytes of an ArrayBuffer, a DataView or a typed array, as text, and how long it may
 * become, if it is resizable.
 *
 * @param prototype - where the getters of its class are
 * @param tag - the name of the class if that is one of typed arrays, which share their getters
 * @returns a function that throws for anything else, and for what has no bytes of its own to show:
 * those are in shared memory, which is a channel more than a value, or their buffer was given away
 */
export function bytesReader(
  prototype: object,
  tag: string | undefined,
): (value: object) => [bytes: string, limit: unknown] {
  const tagOf = tag && methodOf<string>(prototype, Symbol.toStringTag);
  const bufferOf = methodOf<ArrayBuffer | undefined>(prototype, 'buffer');
  const startOf = methodOf<number | undefined>(prototype, 'byteOffset');
  const lengthOf = methodOf<number>(prototype, 'byteLength');
  const isResizable = methodOf<boolean | undefined>(prototype, 'resizable');
  const maximum = methodOf<number>(prototype, 'maxByteLength');
  const lengthOfBuffer = methodOf<number>(ArrayBuffer.prototype, 'byteLength');
  return (value) => {
    const length = lengthOf(value);
    const buffer = bufferOf(value) ?? (value as ArrayBuffer);
    lengthOfBuffer(buffer);
    if (tagOf && tagOf(value) !== tag) throw new TypeError();
    const bytes = new Uint8Array(buffer, startOf(value), length);
    return [bytesText(bytes), isResizable(value) && maximum(value)];
  };
}

/** Each byte as a character. */
function bytesText(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const some = bytes.subarray(start, start + CHUNK);
    text += String.fromCharCode.apply(null, some as unknown as number[]);
  }
  return text;
}
