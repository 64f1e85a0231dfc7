import { TimeoutError } from '../errors/timeout-error.ts';
import { reasonOf } from '../events/on-abort.ts';
import type { BufferedBody } from './buffered-body.ts';
import type { Head } from './response.ts';

/** The state of a signal, or of a shared body. */
export type AbortState = Partial<Pick<AbortSignal, 'aborted' | 'reason'>>;

/** State of a copy that a platform response does not have. */
export interface CopyParts {
  readonly head: Head;
  /** The signals and the shared body that may abort its body: readers get the reason as their error. */
  readonly abortStates: readonly AbortState[];
  /** Gets another response, which is read instead when this one times out. */
  readonly restart: (() => Promise<Response>) | undefined;
  /** Its body, if readers can do without its stream. */
  body: BufferedBody | undefined;
  /** Has the headers that it gets at their first use. */
  pending: CopyInit | undefined;
}

/** What the constructors of copies get. It does not change. */
export interface CopyInit extends ResponseInit {
  readonly url: string;
  readonly headers: Headers;
  /** A list of `headers`, made at its first use. Other headers need another list. */
  pairs: [string, string][] | undefined;
}

/** The same with other headers. */
export function withHeaders(init: CopyInit, headers: Headers): CopyInit {
  return { ...init, headers, pairs: undefined };
}

type PartsOf = (response: Response) => CopyParts | undefined;

const FIELDS = ['redirected', 'statusText', 'type', 'url'] as const;
const READERS = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** What readers make of the bytes of a body. Blobs and forms depend on the headers. */
const DECODERS: {
  readonly [name in (typeof READERS)[number]]?: (bytes: Uint8Array<ArrayBuffer>) => unknown;
} = {
  arrayBuffer: (bytes) => bytes.slice().buffer,
  bytes: (bytes) => bytes.slice(),
  json: (bytes) => JSON.parse(textOf(bytes)),
  text: textOf,
};

const partsByCopy = new WeakMap<Response, CopyParts>();

/** The parts of a copy that is not an instance of a class of copies. */
export function partsOf(response: Response): CopyParts | undefined {
  return partsByCopy.get(response);
}

/** Gives a response the members of a copy: the prototype of its class of copies or, without one, own properties. */
export function makeCopy(response: Response, parts: CopyParts): Response {
  partsByCopy.set(response, parts);
  const prototype = parts.head.copyClass?.prototype;
  // A replaced class may construct, or clone to, a response of another class.
  if (prototype && Object.getPrototypeOf(response) === Object.getPrototypeOf(prototype)) {
    return Object.setPrototypeOf(response, prototype);
  }
  return Object.defineProperties(
    response,
    membersOf(response, () => parts, false),
  );
}

/**
 * The members that make a response a copy: fields that no constructor takes, readers, and `clone`, whose result has them,
 * too.
 * @param base has the members of the platform's class, now and, if it is a prototype, later
 */
export function membersOf(
  base: Response,
  partsOf: PartsOf,
  isPrototype: boolean,
): PropertyDescriptorMap {
  // Without prototypes: a library may have added a setter to `Object.prototype`.
  const members = Object.create(null) as PropertyDescriptorMap;
  const add = (name: string, member: PropertyDescriptor) => {
    const details = { configurable: true, enumerable: isPrototype };
    members[name] = Object.assign(Object.create(null), member, details);
  };
  for (const name of FIELDS) {
    // An own property is for values that the class does not give.
    if (!isPrototype && base[name] === partsOf(base)?.head[name]) continue;
    const get = function (this: Response) {
      const parts = partsOf(this);
      return parts ? parts.head[name] : Reflect.get(base, name, this);
    };
    add(name, { get });
  }
  for (const name of READERS) {
    if (base[name])
      add(name, { value: readerOf(name, base, partsOf, isPrototype), writable: true });
  }
  if (isPrototype) {
    add('headers', {
      get(this: Response) {
        fillHeaders(this, base, partsOf(this));
        return Reflect.get(base, 'headers', this);
      },
    });
  }
  const { clone } = base;
  const methods = {
    clone(this: Response) {
      const copy = clone.call(this);
      const parts = partsOf(this);
      return parts ? makeCopy(copy, { ...parts, body: parts.body?.clone() }) : copy;
    },
  };
  add('clone', { value: methods.clone, writable: true });
  return members;
}

/** Adds the headers that a copy has not got yet, before anything reads them. */
function fillHeaders(response: Response, base: Response, parts: CopyParts | undefined): void {
  const { pending } = parts ?? {};
  if (!parts || !pending) return;
  parts.pending = undefined;
  pending.pairs ??= [...pending.headers];
  const headers = Reflect.get(base, 'headers', response) as Headers;
  for (const [name, value] of pending.pairs) headers.append(name, value);
}

function readerOf(
  name: (typeof READERS)[number],
  base: Response,
  partsOf: PartsOf,
  isPrototype: boolean,
): (this: Response) => Promise<unknown> {
  const original = base[name] as () => Promise<unknown>;
  const decode = DECODERS[name];
  const methods = {
    async [name](this: Response) {
      const parts = partsOf(this);
      // A test or a library may replace the method of the platform's class.
      const read = isPrototype ? (base[name] as typeof original) : original;
      const bytes = decode && read === original && parts?.body?.read(this, base);
      if (bytes) return decode(bytes);
      if (!parts) return read.call(this);
      fillHeaders(this, base, parts);
      try {
        const result = await read.call(this);
        return name === 'blob' ? typed(result as Blob, parts.head.headers) : result;
      } catch (error) {
        // Chromium replaces the error of a failed stream by its own.
        const broken = parts.abortStates.find(({ aborted }) => aborted);
        if (parts.restart && broken?.reason instanceof TimeoutError) {
          return (await parts.restart())[name]();
        }
        throw broken ? reasonOf(broken as AbortSignal) : error;
      }
    },
  };
  return methods[name] as (this: Response) => Promise<unknown>;
}

/** Bun drops the type of a blob that is made from a stream. */
function typed(blob: Blob, headers: Headers): Blob {
  const type = headers.get('content-type');
  return blob.type || !type ? blob : blob.slice(0, blob.size, type);
}

let decoder: TextDecoder | undefined;

function textOf(bytes: Uint8Array): string {
  decoder ??= new TextDecoder();
  return decoder.decode(bytes);
}
