/*
 * A stored value, by bytes:
 *
 * | bytes   | |
 * | ------- | --- |
 * | 3       | `hf1`: another format begins with something else |
 * | 16      | the token, different for every value: with the three before it, the stamp |
 * | 14      | the end of its freshness by the server's clock, decimal milliseconds, 0: never |
 * | 14      | the end of the windows for stale results, the same |
 * | 1       | the kind |
 * | 4, 4    | the lengths of the next two, big-endian |
 * | ...     | the codec and the tags with their tokens, ASCII |
 * | ...     | the full key |
 * | ...     | the result |
 */

/** The bytes before the parts of variable length. */
const HEAD_LENGTH = 56;
/** The bytes that no two values have in common. */
export const STAMP_LENGTH = 19;
/** The bytes up to the end of the freshness. */
export const FRESHNESS_LENGTH = 33;

const MAGIC = 'hf1';
const MAX_ARGUMENTS = 4_096;

/** What the bytes of a result are. */
export type ValueKind =
  /** A result, by a codec. */
  | 'v'
  /** A `Response`. */
  | 'r'
  /** No result: each process has its own, as it is too large or cannot be encoded. */
  | 'x';

/** What is stored with a result. */
export interface Header {
  readonly token: string;
  /** Milliseconds by the server's clock; `Infinity`: never. */
  readonly freshUntil: number;
  readonly staleUntil: number;
  readonly kind: ValueKind;
  /** The name of the codec, and the tags with their tokens, ASCII. */
  readonly meta: string;
}

/** A stored value that was read. */
export interface StoredValue extends Header {
  readonly payload: Uint8Array;
}

export function writeValue(header: Header, key: Uint8Array, payload: Uint8Array): Uint8Array {
  const { token, freshUntil, staleUntil, kind, meta } = header;
  const length = HEAD_LENGTH + meta.length + key.length;
  const bytes = new Uint8Array(length + payload.length);
  writeText(bytes, 0, `${MAGIC}${token}${digits(freshUntil)}${digits(staleUntil)}${kind}`);
  writeLength(bytes, 48, meta.length);
  writeLength(bytes, 52, key.length);
  writeText(bytes, HEAD_LENGTH, meta);
  bytes.set(key, HEAD_LENGTH + meta.length);
  bytes.set(payload, length);
  return bytes;
}

/** Reads a stored value; `undefined` if it has another format or is that of another key. Never throws. */
export function readValue(bytes: Uint8Array, key: Uint8Array): StoredValue | undefined {
  if (bytes.length < HEAD_LENGTH) return undefined;
  const { buffer, byteOffset } = bytes;
  const lengths = new DataView(buffer, byteOffset + 48);
  const metaLength = lengths.getUint32(0);
  const keyStart = HEAD_LENGTH + metaLength;
  const end = keyStart + key.length;
  if (lengths.getUint32(4) !== key.length || bytes.length < end) return undefined;
  for (let index = 0; index < key.length; index++) {
    if (bytes[keyStart + index] !== key[index]) return undefined;
  }
  const freshUntil = readTime(bytes, 19);
  const staleUntil = readTime(bytes, 33);
  // One text for all parts, as each takes time.
  const text = readText(bytes, 0, keyStart);
  if (!text.startsWith(MAGIC) || Number.isNaN(freshUntil + staleUntil)) return undefined;
  return {
    token: text.slice(3, STAMP_LENGTH),
    freshUntil,
    staleUntil,
    kind: text[47] as ValueKind,
    meta: text.slice(HEAD_LENGTH),
    // No `Buffer`: its `slice` does not copy.
    payload: new Uint8Array(buffer, byteOffset + end, bytes.length - end),
  };
}

/** The stamp of a stored value: its first bytes, which no two values share. */
export function stampOf(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, STAMP_LENGTH);
}

/** The same value, stale from a time on, with another token. */
export function expireValue(bytes: Uint8Array, token: string, now: number, staleUntil: number) {
  // Not `slice`, which shares the bytes of a `Buffer`.
  const copy = new Uint8Array(bytes);
  writeText(copy, 3, `${token}${digits(now)}${digits(staleUntil)}`);
  return copy;
}

/** The end of the freshness in the first {@link FRESHNESS_LENGTH} bytes of a value; NaN for another format. */
export function freshnessOf(start: Uint8Array): number {
  return start.length >= FRESHNESS_LENGTH ? readTime(start, 19) : Number.NaN;
}

function readTime(bytes: Uint8Array, start: number): number {
  let time = 0;
  for (let index = start; index < start + 14; index++) {
    const digit = (bytes[index] as number) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    time = 10 * time + digit;
  }
  return time === 0 ? Infinity : time;
}

function digits(time: number): string {
  const whole = time >= 1e14 ? 0 : Math.max(Math.floor(time), 1);
  return String(whole).padStart(14, '0');
}

export function writeText(bytes: Uint8Array, start: number, text: string): void {
  for (let index = 0; index < text.length; index++) bytes[start + index] = text.charCodeAt(index);
}

type BufferLike = { toString(encoding: string, start: number, end: number): string };

/** A slice of ASCII text. Clamped to the bytes there are. */
export function readText(bytes: Uint8Array, start: number, length: number): string {
  const end = Math.min(start + length, bytes.length);
  const { Buffer } = globalThis as { Buffer?: new () => object };
  // Clients give a `Buffer`, which does this in a quarter of the time.
  if (Buffer && bytes instanceof Buffer)
    return (bytes as BufferLike).toString('latin1', start, end);
  let text = '';
  // In one step, up to the number of arguments that each engine takes.
  for (let from = start; from < end; from += MAX_ARGUMENTS) {
    const part = bytes.subarray(from, Math.min(from + MAX_ARGUMENTS, end));
    text += String.fromCharCode.apply(undefined, part as never);
  }
  return text;
}

export function writeLength(bytes: Uint8Array, start: number, length: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(start, length);
}

export function readLength(bytes: Uint8Array, start: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(start);
}
