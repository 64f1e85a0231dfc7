import { bareCopy } from '../options/property.ts';
import { isStream, readBody } from './request-body.ts';
import { extensionsOf, isPlatformRequest, isRequest, snapshotOf } from './request-fields.ts';
import { HeaderSnapshot } from './request-headers.ts';
import { type Init, readInit } from './request-init.ts';

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

/** What options are by default. */
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

/** What the arguments of a call of `fetch` ask for, as they were at the call. */
export interface FetchRequest {
  readonly method: string;
  /** The URL as text, absolute if possible, without the fragment. */
  readonly url: string;
  /** Whether the answer may come from the cache, and be shared. */
  readonly cacheable: boolean;
  /** Whether the caller wants a new answer. */
  readonly refresh: boolean;
  /** Whether the caller wants a stored answer or none. */
  readonly onlyIfCached: boolean;
  /** Whether the method changes nothing on the server. */
  readonly safe: boolean;
  /** Whether its body can be sent more than once. */
  readonly repeatable: boolean;
  /** The caller's own signal. The request itself does not get it: it may have other callers. */
  readonly signal: AbortSignal | undefined;
  /** What its key is made of: the same for arguments that mean the same. Objects in it may change later. */
  keyParts(): readonly unknown[];
  /** The arguments for one attempt: copies that make this key, with another signal. */
  argumentsWith(signal: AbortSignal): readonly unknown[];
}

/**
 * Reads the arguments of a call of `fetch`, or of a function of its signature. Each of them is read once.
 * @param methods those that may be cached
 * @param isFetch the function is the platform's `fetch`
 * @throws TypeError for headers, an `init` or a URL that `fetch` would refuse, and whatever a getter throws
 */
export function readFetchRequest(
  args: readonly unknown[],
  methods: ReadonlySet<string>,
  isFetch: boolean,
): FetchRequest {
  const [first, second, ...rest] = args;
  const init = readInit(second, isRequest(second) ? OPTIONS : undefined);
  const request = isRequest(first) ? snapshotOf(first) : undefined;
  const read = (name: keyof Request): unknown => request?.[name];
  const text = request ? `${read('url')}` : readUrl(first);
  const isUrl = !request && Object.prototype.toString.call(first) === '[object URL]';
  const url = normalizeUrl(text);

  const method = normalizeMethod(`${init.method ?? read('method') ?? 'GET'}`);
  if (init.method !== undefined) init.method = method;
  const given = (init.headers ?? read('headers')) as HeadersInit | undefined;
  const headers = given && new HeaderSnapshot(given);
  const { sent, keyPart } =
    init.body === undefined
      ? { sent: undefined, keyPart: request && bodyOf(request, method) }
      : readBody(init.body, isFetch);
  const said = request ? saidBy(request) : {};
  // `fetch` takes these two from a `Request` only where `init` is empty.
  for (const name of ['referrer', 'referrerPolicy'] as const) {
    if (name in said) init[name] ??= said[name] as never;
  }
  const others = Object.assign(otherOptions(init, said), request && extensionsOf(request));
  const mode = cacheMode(init.cache ?? said.cache, headers);
  const signal = init.signal === undefined ? read('signal') : init.signal;
  const keyHeaders = headers ? headers.pairs.filter(isInKey) : [];
  let known: string | undefined = url;

  return {
    method,
    url,
    cacheable: methods.has(method) && mode !== 'no-store',
    refresh: mode === 'reload' || mode === 'no-cache',
    onlyIfCached: mode === 'only-if-cached',
    safe: SAFE.has(method) || methods.has(method),
    repeatable: !(isRequest(keyPart) || isStream(keyPart)),
    signal: (signal ?? undefined) as AbortSignal | undefined,
    keyParts() {
      // What a relative URL means may change later.
      const current = known ?? normalizeUrl(text);
      known = undefined;
      const credentials = init.credentials ?? said.credentials ?? DEFAULTS.credentials;
      return [method, current, keyHeaders, keyPart, credentials, others, ...rest];
    },
    argumentsWith(signal) {
      const copy = bareCopy<Record<string, unknown>>(init, { signal });
      if (init.headers) copy.headers = headers?.copy();
      if (init.body !== undefined) copy.body = sent;
      if (!request) return [isUrl && isAbsolute(text) ? new URL(text) : text, copy, ...rest];
      const input = isPlatformRequest(request)
        ? new Request(request, bareCopy<object>({ headers: headers?.copy(), signal }))
        : request;
      return [input, copy, ...rest];
    },
  };
}

/** @throws TypeError for an object that has no text of its own */
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

/** Without the fragment, which is not sent. A text that is no URL may be one to the function. */
function normalizeUrl(text: string): string {
  const { document, location } = globalThis as {
    document?: { baseURI?: string };
    location?: { href?: string };
  };
  try {
    const url = new URL(text, document?.baseURI ?? location?.href);
    url.hash = '';
    return url.href;
  } catch {
    return text.replace(/#.*$/s, '');
  }
}

function isAbsolute(text: string): boolean {
  try {
    return Boolean(new URL(text));
  } catch {
    return false;
  }
}

/**
 * The body of a `Request` is a stream, whatever it was made from. Some platforms do not even say whether there is one.
 */
function bodyOf(request: Request, method: string): Request | undefined {
  return method === 'GET' || method === 'HEAD' || request.body === null ? undefined : request;
}

/** Whether a header tells requests apart: `Cache-Control` says what may be answered from the cache instead. */
function isInKey([name, value]: readonly [string, string]): boolean {
  return name !== 'cache-control' && !(name === 'pragma' && value === 'no-cache');
}

/** The mode of `init.cache` that a request asks for, which its headers may imply (RFC 9111, 5.2.1 and 5.4). */
function cacheMode(mode: unknown, headers: HeaderSnapshot | undefined): unknown {
  if (mode && mode !== DEFAULTS.cache) return mode;
  const control = headers?.get('cache-control');
  const has = (directive: string) =>
    (control || headers?.get('pragma') || '')
      .toLowerCase()
      .split(',')
      .some((part) => part.trim() === directive);
  if (control && has('no-store')) return 'no-store';
  if (has('no-cache') || (control && has('max-age=0'))) return 'no-cache';
  return control && has('only-if-cached') ? 'only-if-cached' : undefined;
}

let bare: Request | undefined;

/**
 * The options of a `Request` that were set: it has all of them, and what it has by default differs between platforms.
 */
function saidBy(request: Request): Partial<Record<Option, unknown>> {
  bare ??= new Request('http://localhost/');
  const said: Partial<Record<Option, unknown>> = {};
  for (const name of Object.keys(DEFAULTS) as Option[]) {
    const value = request[name];
    if (value !== undefined && value !== bare[name]) said[name] = value;
  }
  return said;
}

function otherOptions(init: Init, said: Partial<Record<Option, unknown>>) {
  const others: Record<PropertyKey, unknown> = { ...said, ...init };
  for (const name of Reflect.ownKeys(others) as string[]) {
    const isDefault = Object.hasOwn(DEFAULTS, name) && others[name] === DEFAULTS[name as Option];
    if (isDefault || NOT_IN_KEY.has(name)) delete others[name];
  }
  return others;
}
