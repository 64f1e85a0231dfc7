import { attempt, getPrototypeOf, getterOf } from './intrinsics.ts';
import { type Sink, stringText } from './text.ts';

type Writer = (value: object, out: Sink) => boolean;

/** Arguments per call when bytes become characters; engines limit them. */
const CHUNK = 8192;

const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
const typedArrayName = getterOf<string | undefined>(typedArrayPrototype, Symbol.toStringTag);
const typedArrayBuffer = getterOf<ArrayBufferLike>(typedArrayPrototype, 'buffer');
const typedArrayOffset = getterOf<number>(typedArrayPrototype, 'byteOffset');
const typedArrayBytes = getterOf<number>(typedArrayPrototype, 'byteLength');
const viewBuffer = getterOf<ArrayBufferLike>(DataView.prototype, 'buffer');
const viewOffset = getterOf<number>(DataView.prototype, 'byteOffset');
const viewBytes = getterOf<number>(DataView.prototype, 'byteLength');
const bufferBytes = getterOf<number>(ArrayBuffer.prototype, 'byteLength');
const bufferMaximum = getterOf<number | undefined>(ArrayBuffer.prototype, 'maxByteLength');
const bufferIsResizable = getterOf<boolean | undefined>(ArrayBuffer.prototype, 'resizable');

/** Writes an ArrayBuffer: its bytes and, where it can be resized, how far. */
export const bufferWriter: Writer = (value, out) => {
  if (!isPrivateBuffer(value)) return false;
  const limit = bufferIsResizable(value) ? `${bufferMaximum(value)}` : '';
  return writeBytes(`A${limit}`, value, 0, bufferBytes(value), out);
};

/** Writes a DataView: the bytes that it shows. */
export const viewWriter: Writer = (value, out) => {
  const buffer = attempt(viewBuffer, value);
  // The length of a view that its buffer has been cut short under cannot be read.
  const length = attempt(viewBytes, value);
  if (buffer === undefined || length === undefined || !isPrivateBuffer(buffer)) return false;
  return writeBytes('V', buffer, viewOffset(value), length, out);
};

/** The typed arrays that the runtime has, each with what writes it: its kind and its bytes. */
export function typedArrayWriters(): [object, Writer][] {
  const writers: [object, Writer][] = [];
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (/\d(Clamped)?Array$/.test(name)) addTypedArray(name, writers);
  }
  return writers;
}

function addTypedArray(name: string, writers: [object, Writer][]): void {
  const found = (globalThis as unknown as Readonly<Record<string, unknown>>)[name];
  if (typeof found !== 'function') return;
  writers.push([
    found.prototype as object,
    (value, out) => {
      // `undefined` for anything else; a typed array of another kind may have this prototype.
      if (typedArrayName(value) !== name) return false;
      const buffer = typedArrayBuffer(value);
      if (!isPrivateBuffer(buffer)) return false;
      const length = typedArrayBytes(value);
      return writeBytes(`T${name}`, buffer, typedArrayOffset(value), length, out);
    },
  ]);
}

/** Neither shared memory, which is a channel more than a value, nor a buffer that was given away. */
function isPrivateBuffer(value: object): value is ArrayBuffer {
  const length = attempt(bufferBytes, value);
  if (length === undefined) return false;
  return (
    length > 0 ||
    attempt((buffer: object) => new Uint8Array(buffer as ArrayBuffer), value) !== undefined
  );
}

function writeBytes(
  head: string,
  buffer: ArrayBuffer,
  offset: number,
  length: number,
  out: Sink,
): true {
  out.reserve(length);
  let text = '';
  for (let start = 0; start < length; start += CHUNK) {
    const bytes = new Uint8Array(buffer, offset + start, Math.min(CHUNK, length - start));
    text += String.fromCharCode.apply(null, bytes as unknown as number[]);
  }
  out.write(head + stringText(text));
  return true;
}
