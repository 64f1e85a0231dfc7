import { isAbortSignal } from '../events/on-abort.ts';
import { wrongKind } from '../options/messages.ts';
import { bareCopy } from '../platform/property.ts';
import { listHas } from './header-list.ts';
import { isStream, readBody } from './request-body.ts';
import { HeaderSnapshot } from './request-headers.ts';
import { type Init, readInit } from './request-init.ts';
import { isRequest, RequestReader } from './request-reader.ts';
import { type KnownUrl, knownUrl, normalizeUrl, SCHEME } from './request-url.ts';

/** Idempotent methods (RFC 9110, 9.2.2). */
export const IDEMPOTENT: ReadonlySet<string> = new Set([
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'TRACE',
]);
/** Methods that change nothing on the server (RFC 9110, 9.2.1; QUERY: draft-ietf-httpbis-safe-method-w-body). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

/** Methods whose letter case `fetch` ignores (Fetch standard, "normalize a method"). */
const NORMALIZED = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'POST']);

/** Options that do not change the response, or that have their own part in the key. */
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

/** Default values of options. */
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

/** The standard options of `fetch`. */
const OPTIONS: readonly string[] = /* @__PURE__ */ [...NOT_IN_KEY].concat(
  /* @__PURE__ */ Object.keys(DEFAULTS),
);

/** Options that are strings. An object is converted to a string once. */
const TEXTS: readonly string[] = /* @__PURE__ */ Object.keys(DEFAULTS).concat('method');

/** The request that the arguments of a call of `fetch` describe, as they were at the call. */
export interface FetchRequest {
  readonly method: string;
  /** The URL as text, absolute if possible, without the fragment. */
  readonly url: string;
  /** Whether the same URL text may be another URL later, because it is relative. */
  readonly mayChange: boolean;
  /** Whether the response may come from the cache, and be shared. */
  readonly cacheable: boolean;
  /** Whether the caller asks for a new response. */
  readonly refresh: boolean;
  /** Whether the caller accepts a stored response only. */
  readonly onlyIfCached: boolean;
  /** The mode of `init.cache`; `undefined` for the default. */
  readonly mode: unknown;
  /** Its headers; `undefined` without any. */
  readonly headers: HeaderSnapshot | undefined;
  /** Whether the method changes nothing on the server. */
  readonly safe: boolean;
  /** Whether its body can be sent more than once. */
  readonly repeatable: boolean;
  /** The caller's own signal. It is not passed to the request, which may have other callers. */
  readonly signal: AbortSignal | undefined;
  /** Of a call with nothing but an absolute URL: what is known of that text. */
  readonly known: KnownUrl | undefined;
  /** The parts of its key, equal for arguments that mean the same. Objects in it may change later. */
  keyParts(): readonly unknown[];
  /** The arguments for one attempt: copies, with another signal. They make the same key. */
  argumentsWith(signal: AbortSignal): readonly unknown[];
}

/**
 * Reads the arguments of a call of `fetch`, or of a function with its signature. Each is read once.
 * @param methods the methods whose responses may be cached
 * @param isFetch the function is the platform's `fetch`
 * @param hiddenHeader the name of a header that is not in the key
 * @throws TypeError for headers, an `init` or a URL that `fetch` would refuse, and the error of a getter
 */
export function readFetchRequest(
  args: readonly unknown[],
  methods: ReadonlySet<string>,
  isFetch: boolean,
  hiddenHeader?: string,
): FetchRequest {
  const [first, second, ...rest] = args;
  const init = readInit(second, OPTIONS, TEXTS);
  const isEmpty = Reflect.ownKeys(init).length === 0;
  const request = isRequest(first) ? new RequestReader(first) : undefined;
  const read = (name: keyof Request): unknown => request?.read(name);
  const text = request ? (read('url') as string) : readUrl(first);
  const isUrl =
    typeof first === 'object' && Object.prototype.toString.call(first) === '[object URL]';
  let isRead = false;
  const isRelative = !SCHEME.test(text);

  const method = normalizeMethod((init.method ?? read('method') ?? 'GET') as string);
  if (init.method !== undefined) init.method = method;
  const headersInit = (init.headers ?? read('headers')) as HeadersInit | undefined;
  const headers = headersInit && new HeaderSnapshot(headersInit);
  // `null` does not replace the body of a `Request`.
  const hasBody = init.body !== undefined && !(request && init.body === null);
  const { sent, keyPart } = hasBody
    ? readBody(init.body, isFetch)
    : { sent: undefined, keyPart: request?.body(method) };
  const explicit = request ? explicitOptions(request) : {};
  // `fetch` takes these two from a `Request` only where `init` is empty. The `init` of an attempt never is.
  for (const name of ['referrer', 'referrerPolicy'] as const) {
    if (isEmpty && name in explicit) init[name] = explicit[name] as never;
  }
  const isPlain = isEmpty && !request;
  const others = isPlain ? {} : Object.assign(otherOptions(init, explicit), request?.extensions);
  const hasOthers = !isPlain && Reflect.ownKeys(others).length > 0;
  const mode = init.cache ?? explicit.cache;
  const requested = cacheMode(mode, headers);
  const signal = init.signal === undefined ? read('signal') : init.signal;
  if (signal !== undefined && signal !== null && !isAbortSignal(signal)) {
    throw wrongKind('init.signal', 'an AbortSignal', signal);
  }
  const keyHeaders = headers?.pairs.filter((pair) => isInKey(pair) && pair[0] !== hiddenHeader);

  const result = {
    method,
    url: normalizeUrl(text),
    mayChange: isRelative && !isFetch,
    cacheable: methods.has(method) && requested !== 'no-store',
    refresh: requested === 'reload' || requested === 'no-cache',
    onlyIfCached: mode === 'only-if-cached' || hasDirective(headers, 'only-if-cached'),
    mode,
    headers,
    safe: SAFE.has(method) || methods.has(method),
    repeatable: !(isRequest(keyPart) || isStream(keyPart)),
    signal: signal ?? undefined,
    // After `url`, which makes it known.
    known: isPlain && rest.length === 0 ? knownUrl(text) : undefined,
    keyParts() {
      // The user's function may resolve a relative URL differently the next time.
      if (isRead && result.mayChange) result.url = normalizeUrl(text);
      isRead = true;
      const credentials = init.credentials ?? explicit.credentials ?? DEFAULTS.credentials;
      // Most calls have neither headers nor other options: an empty list or object would take time.
      const listed = keyHeaders?.length ? keyHeaders : undefined;
      const other = hasOthers ? others : undefined;
      return [method, result.url, listed, keyPart, credentials, other, ...rest];
    },
    argumentsWith(signal: AbortSignal) {
      const copy = bareCopy<Record<string, unknown>>(init, { signal });
      if (headers && (init.headers || request)) copy.headers = headers.copy();
      // The user's function may change it.
      if (hasBody) copy.body = readBody(sent, isFetch).sent;
      let input: unknown = isUrl && !isRelative ? new URL(text) : text;
      if (isRelative && isFetch) input = result.url;
      if (request) input = request.takeInit(copy);
      return [input, copy, ...rest];
    },
  };
  return result;
}

/** @throws TypeError for an object that becomes text such as `[object Object]` */
function readUrl(first: unknown): string {
  const text = `${first as string}`;
  if (typeof first !== 'string' && /^\[object .*\]$/.test(text)) {
    throw new TypeError(`The URL must be a string, a URL or a Request, got ${text}`);
  }
  return text;
}

export function normalizeMethod(method: string): string {
  const upper = method.toUpperCase();
  return NORMALIZED.has(upper) ? upper : method;
}

/** Whether a header distinguishes requests. `Cache-Control` tells whether the cache may answer instead. */
function isInKey([name, value]: readonly [string, string]): boolean {
  return name !== 'cache-control' && !(name === 'pragma' && value === 'no-cache');
}

/** Whether `Cache-Control` or, without it, `Pragma` has a directive. */
function hasDirective(headers: HeaderSnapshot | undefined, directive: string): boolean {
  return !!headers && listHas(headers.get('cache-control') || headers.get('pragma'), directive);
}

/** The mode of `init.cache` that a request asks for, which its headers may imply (RFC 9111, 5.2.1 and 5.4). */
function cacheMode(mode: unknown, headers: HeaderSnapshot | undefined): unknown {
  if (mode && mode !== DEFAULTS.cache) return mode;
  if (hasDirective(headers, 'no-store')) return 'no-store';
  const isOld = ['no-cache', 'max-age=0'].some((directive) => hasDirective(headers, directive));
  return isOld ? 'no-cache' : undefined;
}

let bare: Request | undefined;

/**
 * The options of a `Request` that were set. A `Request` has a value for every option, and defaults differ by platform.
 */
function explicitOptions(request: RequestReader): Partial<Record<Option, unknown>> {
  bare ??= new Request('http://localhost/');
  const explicit: Partial<Record<Option, unknown>> = {};
  for (const name of Object.keys(DEFAULTS) as Option[]) {
    const value = request.read(name);
    if (value !== undefined && value !== bare[name]) explicit[name] = value;
  }
  return explicit;
}

function otherOptions(init: Init, explicit: Partial<Record<Option, unknown>>) {
  const others: Record<PropertyKey, unknown> = { ...explicit, ...init };
  for (const name of Reflect.ownKeys(others) as string[]) {
    const isDefault = Object.hasOwn(DEFAULTS, name) && others[name] === DEFAULTS[name as Option];
    if (isDefault || NOT_IN_KEY.has(name)) delete others[name];
  }
  return others;
}
