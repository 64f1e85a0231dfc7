/** Turns results into bytes and back. */
export interface Codec {
  /** Stored with each result. A result of a codec with another name is not read. */
  readonly name: string;
  /** @throws TypeError for a value that `decode` could not give back */
  encode(value: unknown): Uint8Array;
  /** @throws TypeError for bytes that it does not know */
  decode(bytes: Uint8Array): unknown;
}

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

/** Plain JSON. */
export const defaultCodec: Codec = {
  name: 'json',
  encode: (value) => {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError('the value cannot be encoded');
    return encoder.encode(text);
  },
  decode: (bytes) => JSON.parse(decoder.decode(bytes)),
};
