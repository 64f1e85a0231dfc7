import { isBuiltIn } from '../platform/host.ts';
import { BufferedBody, bodyStyleOf, setBody, streamOf } from './buffered-body.ts';
import { type CopyInit, type CopyParts, membersOf, partsOf } from './copy-members.ts';

/** The body of a copy. An array holds all bytes, and does not change. */
export type CopyBody = ReadableStream | Uint8Array<ArrayBuffer> | null;

/** The class of the copies of a platform's responses. */
export interface CopyClass {
  readonly prototype: object;
  isInstance(response: Response): boolean;
  construct(body: CopyBody, init: CopyInit, parts: CopyParts): Response;
}

const classes = new WeakMap<typeof Response, CopyClass>();

/**
 * The class of the copies of responses of the platform's class: a subclass of it with another prototype, but no name of
 * its own. `undefined` where the fields of responses are not on the prototype (Workers with an old compatibility date).
 */
export function copyClassOf(Native: typeof Response): CopyClass | undefined {
  if (!('url' in Native.prototype)) return undefined;
  let found = classes.get(Native);
  if (!found) {
    found = createClass(Native);
    classes.set(Native, found);
  }
  return found;
}

function createClass(Native: typeof Response): CopyClass {
  class Copy extends Native {
    readonly #parts: CopyParts;

    constructor(body: BodyInit | null, init: ResponseInit, parts: CopyParts) {
      super(body, init);
      this.#parts = parts;
    }

    static partsOf(response: Response): CopyParts | undefined {
      // A clone is of the platform's class.
      return #parts in response ? response.#parts : partsOf(response);
    }
  }

  const { prototype } = Copy;
  Reflect.deleteProperty(prototype, 'constructor');
  Object.defineProperties(prototype, membersOf(Native.prototype, Copy.partsOf, true));
  const isOfNode = isBuiltIn(Native);
  const style = bodyStyleOf(Native, isOfNode);
  return {
    prototype,
    // A replaced class may construct something else.
    isInstance: (response) => Object.getPrototypeOf(response) === prototype,
    construct(body, init, parts) {
      if (style === 'bytes' || !(body instanceof Uint8Array)) return new Copy(body, init, parts);
      let own = init;
      if (isOfNode) {
        // Headers take a third of the time of a hit, and many callers read none.
        parts.pending = init;
        own = { ...init, headers: undefined as never };
      }
      if (style === 'stream') {
        parts.body = new BufferedBody(body);
        return new Copy(streamOf(body), own, parts);
      }
      const buffered = new BufferedBody(body, Native);
      parts.body = buffered;
      return setBody(new Copy(null, own, parts), style, buffered);
    },
  };
}
