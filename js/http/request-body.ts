/** A request's body as it was when it was read. */
export interface BodySnapshot {
  /** What is sent. */
  readonly sent: unknown;
  /** What stands for it in the key. */
  readonly keyPart: unknown;
}

const typedSlice = Uint8Array.prototype.slice;

/**
 * Copies a body that the caller could change later.
 * @param isFetch the body goes to `fetch`, which turns unknown objects into text
 */
export function readBody(body: unknown, isFetch: boolean): BodySnapshot {
  let sent = body;
  if (typeof body !== 'object' || body === null) return { sent, keyPart: body };
  if (body instanceof URLSearchParams) {
    sent = new URLSearchParams(body);
  } else if (globalThis.FormData && body instanceof FormData) {
    const copy = new FormData();
    for (const [name, value] of body as unknown as Iterable<[string, string | Blob]>) {
      copy.append(name, value as string);
    }
    return { sent: copy, keyPart: ['FormData', ...(copy as unknown as Iterable<unknown>)] };
  } else if (body instanceof ArrayBuffer) {
    sent = body.slice(0);
  } else if (body instanceof DataView) {
    const { buffer, byteOffset, byteLength } = body;
    sent = new DataView(buffer.slice(byteOffset, byteOffset + byteLength));
  } else if (ArrayBuffer.isView(body)) {
    sent = typedSlice.call(body);
  } else if (isFetch && !(body instanceof Blob || isStream(body))) {
    sent = `${body}`;
  }
  return { sent, keyPart: sent };
}

/** Whether reading a body uses it up. */
export function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return 'getReader' in body || 'pipe' in body || Symbol.asyncIterator in body;
}
