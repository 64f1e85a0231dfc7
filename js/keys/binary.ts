import { attempt, getPrototypeOf, methodOf } from './intrinsics.ts';
import { stringText } from './text.ts';

/** Arguments per call when bytes become characters; engines limit them. */
const CHUNK = 8192;

const bufferPrototype = ArrayBuffer.prototype;
const viewPrototype = DataView.prototype;
const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
const bufferBytes = methodOf<number>(bufferPrototype, 'byteLength');
const bufferMaximum = methodOf<number>(bufferPrototype, 'maxByteLength');
const bufferIsResizable = methodOf<boolean>(bufferPrototype, 'resizable');
const typedArrayName = methodOf<string | undefined>(typedArrayPrototype, Symbol.toStringTag);
const bytesOfView = bytesReader(viewPrototype);
const bytesOfTypedArray = bytesReader(typedArrayPrototype);

/**
 * The text of an ArrayBuffer, a DataView or a typed array: its kind and the bytes that it shows.
 *
 * @param value - an object
 * @param prototype - its prototype
 * @returns `undefined` for anything else, and for what has no bytes of its own to show: those are
 * in shared memory, which is a channel more than a value, or their buffer was given away
 */
export function binaryText(value: object, prototype: object): string | undefined {
  if (prototype === bufferPrototype) {
    const kind = attempt(bufferIsResizable, value) ? `A${bufferMaximum(value)},` : 'A';
    return bytesText(kind, attempt(bytesOfBuffer, value));
  }
  if (prototype === viewPrototype) return bytesText('V', attempt(bytesOfView, value));
  // `undefined` for anything else; a typed array of another kind may have this prototype.
  const name = typedArrayName(value);
  if (name === undefined || prototypeOfClass(name) !== prototype) return undefined;
  return bytesText(`T${name}`, attempt(bytesOfTypedArray, value));
}

/** The prototype of a global class, `undefined` when there is none of this name. */
export function prototypeOfClass(name: string): object | undefined {
  const found = (globalThis as unknown as Readonly<Record<string, unknown>>)[name];
  return typeof found === 'function' ? (found.prototype as object) : undefined;
}

/** Throws for a buffer that is shared, was given away, or has become shorter than that. */
function bytesOfBuffer(buffer: object, start = 0, length = bufferBytes(buffer)): Uint8Array {
  bufferBytes(buffer);
  return new Uint8Array(buffer as ArrayBuffer, start, length);
}

function bytesReader(prototype: object): (view: object) => Uint8Array {
  const buffer = methodOf<object>(prototype, 'buffer');
  const start = methodOf<number>(prototype, 'byteOffset');
  const length = methodOf<number>(prototype, 'byteLength');
  return (view) => bytesOfBuffer(buffer(view), start(view), length(view));
}

function bytesText(kind: string, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  let text = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const some = bytes.subarray(start, start + CHUNK);
    text += String.fromCharCode.apply(null, some as unknown as number[]);
  }
  return kind + stringText(text);
}
