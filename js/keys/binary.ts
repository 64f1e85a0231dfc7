import { methodOf } from './intrinsics.ts';

/** Arguments per call when bytes become characters; engines limit them. */
const CHUNK = 8192;

/**
 * What reads the bytes that an ArrayBuffer, a DataView or a typed array shows.
 *
 * @param prototype - where the getters of its class are
 * @returns a function that throws for anything else, and for what has no bytes of its own to show:
 * those are in shared memory, which is a channel more than a value, or their buffer was given away
 */
export function bytesReader(prototype: object): (value: object) => Uint8Array {
  const bufferOf = methodOf<ArrayBuffer | undefined>(prototype, 'buffer');
  const startOf = methodOf<number | undefined>(prototype, 'byteOffset');
  const lengthOf = methodOf<number>(prototype, 'byteLength');
  const lengthOfBuffer = methodOf<number>(ArrayBuffer.prototype, 'byteLength');
  return (value) => {
    const length = lengthOf(value);
    const buffer = bufferOf(value) ?? (value as ArrayBuffer);
    lengthOfBuffer(buffer);
    return new Uint8Array(buffer, startOf(value), length);
  };
}

/** Each byte as a character. */
export function bytesText(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const some = bytes.subarray(start, start + CHUNK);
    text += String.fromCharCode.apply(null, some as unknown as number[]);
  }
  return text;
}
