import { isOfClass } from './platform-class.ts';

/** Idempotent methods (RFC 9110, 9.2.2). */
export const IDEMPOTENT: ReadonlySet<string> = new Set([
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'TRACE',
]);
const CACHEABLE = new Set(['GET', 'HEAD']);

/** Methods whose letter case `fetch` does not mind (Fetch standard, "normalize a method"). */
const NORMALIZED = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'POST']);

/** Options that do not change the answer, or that stand elsewhere in the key. */
const NOT_IN_KEY = new Set([
  'body',
  'cache',
  'credentials',
  'duplex',
  'headers',
  'keepalive',
  'method',
  'priority',
  'signal',
  'window',
]);

/** What options are when they are not given. */
const DEFAULTS = {
  cache: 'default',
  credentials: 'same-origin',
  integrity: '',
  mode: 'cors',
  redirect: 'follow',
  referrer: 'about:client',
  referrerPolicy: '',
} as const;
type Option = keyof typeof DEFAULTS;

/** The options of `fetch`, which it finds however an object has them. */
const OPTIONS: readonly string[] = /* @__PURE__ */ [...NOT_IN_KEY].concat(
  /* @__PURE__ */ Object.keys(DEFAULTS),
);

/** What the arguments of a call of `fetch` ask for. */
export interface FetchRequest {
  readonly method: string;
  /** What its key is made of: the same for arguments that mean the same. */
  readonly keyParts: readonly unknown[];
  /** Whether its answer may come from the cache, and be shared. */
  readonly cacheable: boolean;
  /** Whether it asks for an answer that is new. */
  readonly refresh: boolean;
  /** Whether its body can be sent more than once. */
  readonly repeatable: boolean;
  /** The caller's own signal, that the request itself does not get: it may have other callers. */
  readonly signal: AbortSignal | undefined;
  /** The arguments, with another signal. */
  argumentsWith(signal: AbortSignal): readonly unknown[];
}

type Init = RequestInit & Record<string, unknown>;

/**
 * Reads the arguments of a call of `fetch`, or of a function of its signature.
 * @throws TypeError for headers or a URL that `fetch` would refuse, and whatever a getter throws
 */
export function readFetchRequest(args: readonly unknown[]): FetchRequest {
  const [first, second, ...rest] = args;
  // A `Request` has its fields from its class, so that copying it as `init` would lose them.
  const [input, options] = isRequest(second)
    ? [new Request(first as Request, second), undefined]
    : [first, second];
  const init = readInit(options);
  const request = isRequest(input) ? input : undefined;

  const method = normalizeMethod(init.method ?? request?.method ?? 'GET');
  const given = init.headers ?? request?.headers;
  const headers = given && new Headers(given);
  if (headers && init.headers && !isReadAgain(init.headers)) init.headers = headers;
  const body = init.body ?? bodyOf(request, method);
  const said = request ? saidBy(request) : {};
  const cache = init.cache ?? said.cache;

  return {
    method,
    keyParts: [
      method,
      normalizeUrl(request?.url ?? String(input)),
      headers ? [...headers] : [],
      body,
      init.credentials ?? said.credentials ?? DEFAULTS.credentials,
      otherOptions(init, said),
    ],
    cacheable: CACHEABLE.has(method) && cache !== 'no-store',
    refresh: cache === 'reload' || cache === 'no-cache',
    repeatable: isRepeatable(body),
    signal: (init.signal === undefined ? request?.signal : init.signal) ?? undefined,
    argumentsWith: (signal) => [input, { ...init, signal }, ...rest],
  };
}

/** A copy that has all for its own: what is sent is what made the key, with another signal. */
function readInit(given: unknown): Init {
  const init = { ...(given as Init) };
  for (const name of given ? OPTIONS : []) {
    if (name in init) continue;
    const value = (given as Init)[name];
    if (value !== undefined) init[name] = value;
  }
  return init;
}

/** Whether headers are there for another reader: an iterator is used up by the first. */
function isReadAgain(headers: HeadersInit): boolean {
  if (Array.isArray(headers)) return headers.every(Array.isArray);
  return isOfClass('Headers', headers) || !(Symbol.iterator in headers);
}

export function isRequest(value: unknown): value is Request {
  return isOfClass('Request', value);
}

export function normalizeMethod(method: string): string {
  const upper = String(method).toUpperCase();
  return NORMALIZED.has(upper) ? upper : String(method);
}

/** Without the fragment, which is not sent. A text that is no URL by itself may be one to the function. */
function normalizeUrl(text: string): string {
  const { location } = globalThis as { location?: { href?: string } };
  try {
    const url = new URL(text, location?.href);
    url.hash = '';
    return url.href;
  } catch {
    return text.replace(/#.*$/s, '');
  }
}

/**
 * The body of a `Request` is a stream, whatever it was made from; some platforms do not even say whether there is one.
 */
function bodyOf(request: Request | undefined, method: string): unknown {
  if (!request || CACHEABLE.has(method)) return undefined;
  return request.body === null ? undefined : request;
}

/** Whether a body can be sent again: a stream is gone once it is read. */
function isRepeatable(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return true;
  if (isRequest(body) || 'getReader' in body || 'pipe' in body) return false;
  return !(Symbol.asyncIterator in body);
}

let bare: Request | undefined;

/**
 * The options of a request that say something: a `Request` has all of them, and what it has where none was given is
 * different from platform to platform.
 */
function saidBy(request: Request): Partial<Record<Option, unknown>> {
  bare ??= new Request('http://localhost/');
  const said: Partial<Record<Option, unknown>> = {};
  for (const name of Object.keys(DEFAULTS) as Option[]) {
    if (request[name] !== bare[name]) said[name] = request[name];
  }
  return said;
}

function otherOptions(init: Init, said: Partial<Record<Option, unknown>>) {
  const others: Record<string, unknown> = { ...said };
  for (const [name, value] of Object.entries(init)) if (value !== undefined) others[name] = value;
  for (const [name, value] of Object.entries(others)) {
    if (NOT_IN_KEY.has(name) || value === DEFAULTS[name as Option]) delete others[name];
  }
  return others;
}
