import { type AnyBody, type StreamClass, sourceOf } from './body-stream.ts';
import { type CopyBody, type CopyClass, copyClassOf } from './copy-class.ts';
import { type AbortState, type CopyInit, makeCopy } from './copy-members.ts';
import { isResponse } from './result-kind.ts';

type Make = (body: BodyInit | null, init: CopyInit) => Response;

/** A response without its body. */
export interface Head {
  readonly init: CopyInit;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: ResponseType;
  /** Returns what the constructor of the next copy gets. */
  readonly adjust: ((init: CopyInit) => CopyInit) | undefined;
  /** The names of the headers that only the leader gets. */
  readonly cookies: readonly string[];
  /** Whether its class is the platform's. */
  readonly isNative: boolean;
  /** Makes a response of its class. */
  readonly make: Make;
  /** The prototype, if its class is a subclass of the platform's: such a constructor may take other arguments. */
  readonly subclass: object | undefined;
  /** The class of its copies, if they need no own properties to be copies. */
  readonly copyClass: CopyClass | undefined;
  /** Its own properties. Those that every response of the class has are removed at the first copy. */
  own: (readonly [PropertyKey, PropertyDescriptor])[];
  /** Deno's mark on a body that `fetch` has decoded. Its server drops `content-encoding` then. */
  readonly mark: PropertyKey | undefined;
}

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
const NO_BODY = new Set([204, 205, 304]);

/** @throws the error of a getter, and a TypeError for a response that cannot be copied */
export function headOf(response: Response): Head {
  const { status, statusText, headers, url, redirected, type } = response;
  const body = response.body as AnyBody | null | undefined;
  const Native = nativeClassOf(response);
  // Other implementations: node-fetch has Node.js streams, whatwg-fetch has no streams.
  const isStream = body && 'pipe' in body;
  const isNative =
    body !== undefined && !isStream && typeof Native === 'function' && response instanceof Native;
  const Class = isNative ? Native : (response.constructor as typeof Response);
  const prototype = Object.getPrototypeOf(response) as object;
  const copyClass = isNative ? copyClassOf(Native) : undefined;
  // A copy may be wrapped again.
  const isPlain = prototype === Native?.prototype || prototype === copyClass?.prototype;
  const subclass = isNative && !isPlain ? prototype : undefined;
  // Symbols of a class that replaces the platform's are its state.
  const hasState = isNative && 'clone' in Object.getPrototypeOf(Native.prototype);
  const own = (hasState ? Object.keys(response) : Reflect.ownKeys(response)).map(
    (key) => [key, Object.getOwnPropertyDescriptor(response, key) as PropertyDescriptor] as const,
  );
  const head: Head = {
    // Servers send status texts that constructors refuse.
    init: {
      status,
      statusText: /^[\t\x20-\x7e\x80-\xff]*$/.test(statusText) ? statusText : '',
      headers,
      url,
      pairs: undefined,
    },
    status,
    statusText,
    headers,
    url,
    redirected,
    type,
    adjust: undefined,
    cookies: cookiesIn(headers),
    isNative,
    make:
      body === undefined
        ? (_body, { headers }) => cloneWith(headers, response)
        : constructing(Class, isStream ? body.constructor : undefined),
    subclass,
    copyClass: subclass ? undefined : copyClass,
    own,
    mark: own.find(([key, { value }]) => typeof key === 'symbol' && value?.bodyDecoded)?.[0],
  };
  if (!isNative || subclass) {
    const copy = respond(head, null);
    if (!isResponse(copy) || copy.status !== status) throw new TypeError();
  }
  return head;
}

/**
 * The platform's class of responses. A library may have put a subclass of it into the global scope, whose `instanceof` accepts
 * the platform's responses too (`@hono/node-server`): for these it is their own class.
 */
function nativeClassOf(response: Response): typeof Response {
  const { Response: Global } = globalThis;
  const Class = response.constructor as typeof Response;
  return Global?.prototype instanceof Class && 'clone' in Class.prototype ? Class : Global;
}

/** The names of the headers that only the leader gets. */
export function cookiesIn(headers: Headers): string[] {
  return ['set-cookie', 'set-cookie2'].filter((name) => headers.has(name));
}

/**
 * A clone, of a class without streams, and the headers of a response that may be derived from it.
 * @throws TypeError for a mock that returns itself, which is no copy
 */
function cloneWith(headers: Headers, response: Response): Response {
  const clone = response.clone();
  if (clone === response) throw new TypeError();
  headers.forEach((value, name) => void clone.headers.set(name, value));
  return clone;
}

/** @param Stream the class of its bodies, if that is not the platform's */
function constructing(Class: typeof Response, Stream?: StreamClass): Make {
  return (body, init) => new Class(body && Stream ? Stream.from(body) : body, init);
}

/** The body; `null` for a status that allows none, where some platforms have an empty stream. */
export function bodyOf({ status, body }: Response): AnyBody | null | undefined {
  return NO_BODY.has(status) ? null : body;
}

/** Whether `respond` can copy it. Opaque responses and errors have no status, used ones no body. */
export function canRespond({ status, body, bodyUsed }: Response): boolean {
  if (status < 200 || status > 599 || bodyUsed) return false;
  return !body || (!body.locked && typeof ReadableStream === 'function');
}

/**
 * A response with this head.
 * @param abortStates the signals and the shared body that may abort its body: readers get the reason as their error
 * @param isLeader whether its caller made the request, and gets the cookies
 * @param restart gets another response, which is read instead when this one times out
 */
export function respond(
  head: Head,
  body: CopyBody,
  abortStates: readonly AbortState[] = [],
  isLeader = false,
  restart?: () => Promise<Response>,
): Response {
  const { mark, own, copyClass, adjust } = head;
  const parts = { head, abortStates, restart, body: undefined, pending: undefined };
  const init = adjust ? adjust(head.init) : head.init;
  const response = copyClass ? copyClass.construct(body, init, parts) : head.make(body, init);
  if (!isLeader) for (const name of head.cookies) response.headers.delete(name);
  if (mark) Object.assign(response[mark as never] as object, { bodyDecoded: true });
  if (own.length > 0) {
    head.own = own.filter(([key]) => !(key in response));
    for (const [key, property] of head.own) Object.defineProperty(response, key, property);
  }
  if (head.subclass) Object.setPrototypeOf(response, head.subclass);
  return copyClass?.isInstance(response) ? response : makeCopy(response, parts);
}

/** Releases the connection of a response that nothing reads. Ignores any other value. */
export function discardBody(value: unknown): void {
  try {
    if (isResponse(value)) sourceOf(value.body as AnyBody).cancel();
  } catch {
    // There is no body, or it is locked.
  }
}
