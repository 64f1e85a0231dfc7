import { TimeoutError } from '../errors/timeout-error.ts';
import { reasonOf } from '../events/on-abort.ts';
import { bareCopy } from '../platform/property.ts';
import { type AnyBody, type StreamClass, sourceOf } from './body-stream.ts';
import { isResponse } from './result-kind.ts';

type Make = (body: BodyInit | null, init: ResponseInit & { readonly url?: string }) => Response;

/** A response without its body. */
export interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: ResponseType;
  /** The names of its headers that only the leader gets. */
  readonly cookies: readonly string[];
  /** Whether it is of the platform's class. */
  readonly isNative: boolean;
  /** Makes a response of its class. */
  readonly make: Make;
  /** Its own properties; those that each response of the class has are removed at the first copy. */
  own: (readonly [PropertyKey, PropertyDescriptor])[];
  /** Deno's mark on a body that `fetch` has decoded, so that its server drops `content-encoding`. */
  readonly mark: PropertyKey | undefined;
}

/** A signal, or a shared body. */
type Break = Partial<Pick<AbortSignal, 'aborted' | 'reason'>>;

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
const NO_BODY = new Set([204, 205, 304]);

const READERS = ['arrayBuffer', 'bytes', 'formData', 'json', 'text'] as const;

/** @throws what reading the response throws, and a TypeError where no copies can be made */
export function headOf(response: Response): Head {
  const { status, statusText, headers, url, redirected, type } = response;
  const body = response.body as AnyBody | null | undefined;
  const { Response: Native } = globalThis;
  // Other implementations: node-fetch has streams of Node, whatwg-fetch has no streams at all.
  const isStream = body && 'pipe' in body;
  const isNative =
    body !== undefined && !isStream && typeof Native === 'function' && response instanceof Native;
  const Class = isNative ? Native : (response.constructor as typeof Response);
  const own = Reflect.ownKeys(response).map(
    (key) => [key, Object.getOwnPropertyDescriptor(response, key) as PropertyDescriptor] as const,
  );
  const head: Head = {
    status,
    statusText,
    headers,
    url,
    redirected,
    type,
    cookies: ['set-cookie', 'set-cookie2'].filter((name) => headers.has(name)),
    isNative,
    make:
      body === undefined
        ? () => response.clone()
        : constructing(Class, isStream ? body.constructor : undefined),
    own,
    mark: own.find(([key, { value }]) => typeof key === 'symbol' && value?.bodyDecoded)?.[0],
  };
  if (!isNative) {
    const copy = respond(head, null);
    if (!isResponse(copy) || copy.status !== status) throw new TypeError();
  }
  return head;
}

/** @param Stream the class of bodies, where they are not the platform's */
function constructing(Class: typeof Response, Stream?: StreamClass): Make {
  return (body, init) => new Class(body && Stream ? Stream.from(body) : body, init);
}

/** The body, if there can be one: some platforms give an empty stream with a status that allows none. */
export function bodyOf({ status, body }: Response): AnyBody | null | undefined {
  return NO_BODY.has(status) ? null : body;
}

/** Whether `respond` can make such a response: opaque ones and errors have no status, used ones no body to give. */
export function canRespond({ status, body, bodyUsed }: Response): boolean {
  if (status < 200 || status > 599 || bodyUsed) return false;
  return !body || (!body.locked && typeof ReadableStream === 'function');
}

/**
 * A response with this head.
 * @param breaks what may break its body off: the reason is the error of those who read it
 * @param leads its caller made the request, and gets the cookies
 * @param again makes another response, to be read as a whole instead of this one when that times out
 */
export function respond(
  head: Head,
  body: BodyInit | null,
  breaks: readonly Break[] = [],
  leads = false,
  again?: () => Promise<Response>,
): Response {
  const { status, headers, url, mark } = head;
  // Servers send what constructors refuse.
  const statusText = /^[\t\x20-\x7e\x80-\xff]*$/.test(head.statusText) ? head.statusText : '';
  const response = head.make(body, { status, statusText, headers, url });
  if (!leads) for (const name of head.cookies) response.headers.delete(name);
  if (mark) Object.assign(response[mark as never] as object, { bodyDecoded: true });
  head.own = head.own.filter(([key]) => !(key in response));
  for (const [key, property] of head.own) Object.defineProperty(response, key, property);
  return dress(response, head, breaks, again);
}

/** Releases the connection behind a response that nothing reads; any other value is left alone. */
export function discardBody(value: unknown): void {
  try {
    if (isResponse(value)) sourceOf(value.body as AnyBody).cancel();
  } catch {
    // There is no body, or it is being read.
  }
}

/** What a descriptor would inherit. */
const INHERITED = ['get', 'set', 'writable', 'enumerable'];

/** Gives a response what its constructor does not take, and its clones likewise. */
function dress(
  response: Response,
  head: Head,
  breaks: readonly Break[],
  again?: () => Promise<Response>,
): Response {
  const { statusText, url, redirected, type, headers } = head;
  const { clone, blob } = response;
  // Chromium has an error of its own for every stream that fails, whatever it failed with.
  const recovery = (name: (typeof READERS)[number] | 'blob') => async (error: unknown) => {
    const broken = breaks.find(({ aborted }) => aborted);
    if (again && broken?.reason instanceof TimeoutError) return (await again())[name]();
    throw broken ? reasonOf(broken as AbortSignal) : error;
  };
  const own: Record<string, unknown> = {
    statusText: response.statusText === statusText ? undefined : statusText,
    url,
    redirected,
    type,
    clone: () => dress(clone.call(response), head, breaks, again),
    blob: blob && (() => typed(blob.call(response), headers).catch(recovery('blob'))),
  };
  for (const name of READERS) {
    const read = response[name] as (() => Promise<unknown>) | undefined;
    own[name] = read && (() => read.call(response).catch(recovery(name)));
  }
  // A descriptor without a prototype takes V8 five times as long.
  const isPolluted = INHERITED.some((name) => name in Object.prototype);
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined) continue;
    const descriptor = { value, configurable: true };
    Object.defineProperty(response, name, isPolluted ? bareCopy(descriptor) : descriptor);
  }
  return response;
}

/** Bun forgets the type of a blob that was a stream. */
async function typed(read: Promise<Blob>, headers: Headers): Promise<Blob> {
  const blob = await read;
  const type = headers.get('content-type');
  return blob.type || !type ? blob : blob.slice(0, blob.size, type);
}
