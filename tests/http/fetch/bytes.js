import { equal, ok } from './assert.js';

/** Reads a body as it arrives, and checks that it is the server's `{ bytes: size }`. */
export async function readBytes(response, size) {
  const reader = response.body.getReader();
  const position = await readOn(reader, Number.POSITIVE_INFINITY, 0);
  equal(position, size, 'size of the body');
}

/**
 * Reads until the position is at least `enough`, and checks the bytes.
 * @param position the position of the first byte
 * @returns the position after the last byte
 */
export async function readOn(reader, enough, position) {
  let at = position;
  while (at < enough) {
    const { done, value } = await reader.read();
    if (done) break;
    checkBytes(value, at);
    at += value.byteLength;
  }
  return at;
}

/** @param position the position of the first byte in the body */
export function checkBytes(bytes, position = 0) {
  let expected = position % 251;
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] !== expected) ok(false, `The byte at ${position + index} is wrong`);
    expected = expected === 250 ? 0 : expected + 1;
  }
}

/** Reads text until it has the expected length, and compares it. */
export async function readText(reader, expected) {
  const decoder = new TextDecoder();
  let text = '';
  while (text.length < expected.length) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  equal(text, expected, 'text of the body');
}
