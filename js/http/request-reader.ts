import { isOfClass } from '../platform/platform-class.ts';

/** The documented `cf` options of a request in Workers. The `cf` of an incoming request also describes its sender. */
const CF_OPTION =
  /^(cache.+|strip.+|image|apps|grpcWeb|minify|mirage|originRangeRequests|polish|r2|resolveOverride|respectStrongEtag|scrapeShield|vary|webp)$/;

export function isRequest(value: unknown): value is Request {
  return isOfClass('Request', value);
}

let prototype: object | undefined;
const getters = /* @__PURE__ */ new Map<string, (() => unknown) | undefined>();

/** The getter of a field of the platform's `Request`. Tests may replace the class. */
function getterOf(name: string): (() => unknown) | undefined {
  if (prototype !== Request.prototype) {
    prototype = Request.prototype;
    getters.clear();
  }
  let getter = getters.get(name);
  if (!getter) {
    getter = Object.getOwnPropertyDescriptor(prototype, name)?.get;
    getters.set(name, getter);
  }
  return getter;
}

/** Reads a `Request` as `fetch` does: subclasses, own properties and proxies cannot change its fields. */
export class RequestReader {
  readonly #request: Request;
  /** The request or a copy, whose fields are the same at each reading. */
  readonly #source: Request;
  /** Whether the platform's `fetch` accepts it. It does not accept a library's own `Request`. */
  readonly #isPlatform: boolean;

  constructor(request: Request) {
    this.#isPlatform = isPlatformRequest(request);
    this.#source = this.#isPlatform ? snapshotOf(request) : cloneOf(request);
    this.#request = this.#isPlatform ? request : this.#source;
  }

  read(name: keyof Request): unknown {
    const getter = this.#isPlatform ? getterOf(name) : undefined;
    return getter ? getter.call(this.#source) : this.#source[name];
  }

  /**
   * The part of the key for the body: the request itself, as its body is a stream. Some platforms do not show whether
   * there is a body.
   */
  body(method: string): Request | undefined {
    const isNone = method === 'GET' || method === 'HEAD' || this.read('body') === null;
    return isNone ? undefined : this.#request;
  }

  /** A copy for one attempt. A copy of the platform's class takes over the body of `init`. */
  takeInit(init: { body?: unknown }): Request {
    if (!this.#isPlatform) return this.#source;
    const hasOwnBody = Object.hasOwn(init, 'body') || this.read('body') === null;
    const copy = new Request(hasOwnBody ? this.#source : this.#request, init as RequestInit);
    delete init.body;
    return copy;
  }

  /** The options that are not in the standard, as far as they are visible. */
  get extensions(): Record<string, unknown> {
    const source = this.#source as Request & { readonly cf?: Record<string, unknown> };
    // A library's own `Request` has its options as properties, such as the `agent` of node-fetch.
    const found: Record<string, unknown> = this.#isPlatform ? {} : { ...source };
    for (const symbol of Object.getOwnPropertySymbols(source)) {
      const { description = '' } = symbol;
      const value = (source as unknown as Record<symbol, unknown>)[symbol];
      // Node 20 and 22 keep a `dispatcher`; Deno keeps the number of an HTTP `client`.
      const extension =
        description === 'request'
          ? (value as { clientRid?: unknown } | null)?.clientRid
          : description === 'dispatcher' && value;
      if (extension) found[description] = extension;
      else delete found[symbol as never];
    }
    const { cf } = source;
    for (const name in cf) if (CF_OPTION.test(name)) found[name] = cf[name];
    return found;
  }
}

function isPlatformRequest(request: object): boolean {
  try {
    getterOf('method')?.call(request);
    return request instanceof Request;
  } catch {
    return false;
  }
}

/** The request if its class is `Request`; else a copy of that class, without the body. */
function snapshotOf(request: Request): Request {
  const isPlain = Object.getPrototypeOf(request) === Request.prototype;
  if (isPlain && Object.getOwnPropertyNames(request).length === 0) return request;
  const hasBody = getterOf('body')?.call(request);
  return hasBody ? new Request(request, { body: new Blob([]) }) : new Request(request);
}

/** A copy of a library's own request, which is mutable. Its constructor keeps more than `clone()` does. */
function cloneOf(request: Request): Request {
  try {
    if (!request.body) return new (request.constructor as typeof Request)(request);
  } catch {
    // Its constructor has another signature.
  }
  return request.clone();
}
