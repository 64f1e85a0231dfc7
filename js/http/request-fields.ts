import { isOfClass } from './platform-class.ts';

/** The documented `cf` options of a request in Workers. An incoming request's `cf` has much else, about its sender. */
const CF_OPTION =
  /^(cache.+|strip.+|image|apps|grpcWeb|minify|mirage|originRangeRequests|polish|r2|resolveOverride|respectStrongEtag|scrapeShield|vary|webp)$/;

export function isRequest(value: unknown): value is Request {
  return isOfClass('Request', value);
}

/** Whether the platform's `fetch` takes a request as it is. A library's own `Request` is not one of those. */
export function isPlatformRequest(request: object): boolean {
  const { prototype } = Request;
  try {
    Object.getOwnPropertyDescriptor(prototype, 'method')?.get?.call(request);
    return request instanceof Request;
  } catch {
    return false;
  }
}

/**
 * A request that answers the same each time it is asked, but for its headers. Nobody can change a plain one; a subclass
 * or an own property may answer as they like.
 */
export function snapshotOf(request: Request): Request {
  if (!isPlatformRequest(request)) return request.clone();
  const isPlain = Object.getPrototypeOf(request) === Request.prototype;
  return isPlain && Object.getOwnPropertyNames(request).length === 0
    ? request
    : new Request(request);
}

/** What can be seen of options that a `Request` holds beyond the standard. */
export function extensionsOf(request: Request): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const symbol of Object.getOwnPropertySymbols(request)) {
    const { description = '' } = symbol;
    const value = (request as unknown as Record<symbol, unknown>)[symbol];
    // Node 20 and 22 keep a `dispatcher`; Deno keeps the number of an HTTP `client`.
    const extension =
      description === 'request'
        ? (value as { clientRid?: unknown } | null)?.clientRid
        : description === 'dispatcher' && value;
    if (extension) found[description] = extension;
  }
  const { cf } = request as { cf?: Record<string, unknown> };
  for (const name in cf) if (CF_OPTION.test(name)) found[name] = cf[name];
  return found;
}
