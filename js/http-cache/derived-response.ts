import { type Head, respond, SharedResponse, sharedBy, withHeaders } from '../http/results.ts';

/**
 * A response with the status and body of a stored one, and other headers; a response that is not shared itself.
 * @param change returns the headers
 * @param adjust returns what the constructor of the next copy gets
 */
export function deriveResponse(
  stored: Response,
  change: (headers: Headers) => Headers,
  adjust?: Head['adjust'],
): Response {
  const source = sharedBy.get(stored);
  if (!source) return stored;
  const base = source.base ?? source.head;
  const headers = change(source.head.headers);
  const init = withHeaders(base.init, headers);
  const cookies = headers.has('set-cookie') ? ['set-cookie'] : [];
  const shared = new SharedResponse({ ...base, init, headers, cookies, adjust }, source.body);
  shared.base = base;
  return shared.stored();
}

/** A copy of a stored response without its body, the answer to HEAD. */
export function withoutBody(stored: Response): Response {
  const shared = SharedResponse.of(stored);
  return shared ? respond(shared.head, null) : stored;
}
