import { isObject } from '../platform/property.ts';

/** A request's body as it was when it was read. */
export interface BodySnapshot {
  /** The body to send. */
  readonly sent: unknown;
  /** The part of the key for it. */
  readonly keyPart: unknown;
}

/** The first item of the key part of a form, which no array of the caller has. */
const FORM = /* @__PURE__ */ Symbol('FormData');

const typedSlice = Uint8Array.prototype.slice;

/**
 * Copies a body, so that the caller's later changes have no effect.
 * @param isFetch the body goes to `fetch`, which turns unknown objects into text
 */
export function readBody(body: unknown, isFetch: boolean): BodySnapshot {
  if (!isObject(body)) {
    return { sent: body, keyPart: body };
  }
  let sent: unknown = body;
  // The tag is the same in other realms.
  const tag = Object.prototype.toString.call(body).slice(8, -1);
  if (tag === 'URLSearchParams') {
    sent = new URLSearchParams(`${body as object}`);
  } else if (tag === 'ArrayBuffer' || tag === 'SharedArrayBuffer') {
    sent = bytesOf(body as ArrayBuffer);
  } else if (ArrayBuffer.isView(body)) {
    const { buffer, byteOffset, byteLength } = body;
    const bytes = bytesOf(buffer, byteOffset, byteLength);
    sent = tag === 'DataView' ? new DataView(bytes) : typedSlice.call(body);
    // Only the bytes count for `fetch`. A Buffer counts by identity, and is a copy each time.
    if (isFetch) return { sent, keyPart: bytes };
  } else if (tag === 'FormData') {
    // The files of a library's own FormData would become text in a copy of the platform's class.
    if (!(globalThis.FormData && body instanceof FormData)) return { sent, keyPart: body };
    const entries = [...(body as unknown as Iterable<[string, string | Blob]>)];
    const copy = new FormData();
    for (const [name, value] of entries) copy.append(name, value as string);
    return { sent: copy, keyPart: [FORM, ...entries] };
  } else if (isFetch && !isStream(body) && tag !== 'Blob' && tag !== 'File') {
    const text = `${body as object}`;
    if (!text.startsWith('[object ')) sent = text;
  }
  return { sent, keyPart: sent };
}

function bytesOf(buffer: ArrayBufferLike, start = 0, length?: number): ArrayBuffer {
  return typedSlice.call(new Uint8Array(buffer, start, length)).buffer as ArrayBuffer;
}

/** Whether reading a body uses it up. */
export function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return 'getReader' in body || 'pipe' in body || Symbol.asyncIterator in body;
}
