/** A response but for its body. */
export interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: ResponseType;
}

/** Whether a value is a `Response`: the platform's, another realm's, or a library's own. */
export function isResponse(value: unknown): value is Response {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.toString.call(value) === '[object Response]'
  );
}

export function headOf({ status, statusText, headers, url, redirected, type }: Response): Head {
  return { status, statusText, headers, url, redirected, type };
}

/** A response with this head. */
export function respond(head: Head, body: BodyInit | null): Response {
  const { status, statusText, headers } = head;
  return dress(new Response(body, { status, statusText, headers }), head);
}

/** Whether `respond` can make such a response: opaque ones and errors have no status, used ones no body to give. */
export function canRespond({ status, body, bodyUsed }: Response): boolean {
  if (status < 200 || status > 599) return false;
  return !body || (!bodyUsed && 'getReader' in body && !body.locked);
}

/** Lets go of the connection behind a response that nobody is going to read. */
export function discardBody(value: unknown): void {
  if (isResponse(value)) value.body?.cancel?.().catch(() => {});
}

/** Gives a response what its constructor does not take, and its clones likewise. */
function dress(response: Response, head: Head): Response {
  const { url, redirected, type } = head;
  const clone = () => dress(Response.prototype.clone.call(response), head);
  for (const [name, value] of Object.entries({ url, redirected, type, clone })) {
    Object.defineProperty(response, name, { value, configurable: true });
  }
  return response;
}
