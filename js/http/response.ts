import { isOfClass } from './platform-class.ts';

/** A response but for its body. */
export interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: ResponseType;
}

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
const NO_BODY = new Set([204, 205, 304]);

const READERS = ['arrayBuffer', 'bytes', 'formData', 'json', 'text'] as const;

export function isResponse(value: unknown): value is Response {
  return isOfClass('Response', value);
}

export function headOf({ status, statusText, headers, url, redirected, type }: Response): Head {
  return { status, statusText, headers, url, redirected, type };
}

/** The body, if there can be one: some platforms give an empty stream with a status that allows none. */
export function bodyOf({ status, body }: Response): ReadableStream<Uint8Array> | null {
  return NO_BODY.has(status) ? null : body;
}

/** Whether `respond` can make such a response: opaque ones and errors have no status, used ones no body to give. */
export function canRespond(response: Response): boolean {
  const { status, bodyUsed } = response;
  if (status < 200 || status > 599) return false;
  const body = bodyOf(response);
  return !body || (!bodyUsed && 'getReader' in body && !body.locked);
}

/**
 * A response with this head.
 * @param signals break its body off: their reasons are the errors of those who read it
 */
export function respond(
  head: Head,
  body: BodyInit | null,
  signals: readonly AbortSignal[] = [],
): Response {
  const { status, headers } = head;
  // Servers send what constructors refuse.
  const statusText = /^[\t\x20-\x7e\x80-\xff]*$/.test(head.statusText) ? head.statusText : '';
  return dress(new Response(body, { status, statusText, headers }), head, signals);
}

/** Lets go of the connection behind a response that nobody is going to read. */
export function discardBody(value: unknown): void {
  try {
    if (!isResponse(value)) return;
    // The body of node-fetch is a stream of Node's.
    const body = value.body as { cancel?: () => unknown; destroy?: () => unknown } | null;
    Promise.resolve(body?.cancel ? body.cancel() : body?.destroy?.()).catch(() => {});
  } catch {}
}

/** Gives a response what its constructor does not take, and its clones likewise. */
function dress(response: Response, head: Head, signals: readonly AbortSignal[]): Response {
  const { statusText, url, redirected, type, headers } = head;
  const own: Record<string, unknown> = {
    statusText: response.statusText === statusText ? undefined : statusText,
    url,
    redirected,
    type,
    clone: () => dress(Response.prototype.clone.call(response), head, signals),
    blob: () => typed(response, headers).catch(rethrow(signals)),
  };
  for (const name of READERS) {
    const read = Response.prototype[name] as (() => Promise<unknown>) | undefined;
    own[name] = read && (() => read.call(response).catch(rethrow(signals)));
  }
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) Object.defineProperty(response, name, { value, configurable: true });
  }
  return response;
}

/** Chromium has an error of its own for every stream that fails, whatever it failed with. */
function rethrow(signals: readonly AbortSignal[]): (error: unknown) => never {
  return (error) => {
    const aborted = signals.find((signal) => signal.aborted);
    throw aborted ? aborted.reason : error;
  };
}

/** Bun forgets the type of a blob that was a stream. */
async function typed(response: Response, headers: Headers): Promise<Blob> {
  const blob = await Response.prototype.blob.call(response);
  const type = headers.get('content-type');
  return blob.type || !type ? blob : blob.slice(0, blob.size, type);
}
