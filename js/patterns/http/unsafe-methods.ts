import { warn } from '../../events/warn.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { isResponse } from '../../http/result-kind.ts';
import { chain } from '../../platform/thenable.ts';

/**
 * The layer that invalidates the stored responses for a URL when an unsafe method, such as POST, succeeds there
 * (RFC 9111, 4.4). An error status invalidates nothing.
 * @param invalidate removes the entries of a URL
 */
export function unsafeMethodsLayer(invalidate: (url: string) => void): Layer {
  return (next) => (call, cancellation) =>
    chain(
      () => next(call, cancellation),
      (value) => {
        const { request } = call;
        try {
          if (request && !request.safe && isResponse(value)) {
            for (const url of changedUrls(request.url, value)) invalidate(url);
          }
        } catch (error) {
          // The request has succeeded: an error here must not make retry send it again.
          warn('Stored responses could not be invalidated', error);
        }
        return value;
      },
      (error) => {
        throw error;
      },
    );
}

/** The origin of relative URLs, which functions other than `fetch` may take. */
const NOWHERE = 'http://relative.invalid';

/** The URL of the request, and the URLs of the same origin that the response names. */
function* changedUrls(own: string, { status, headers }: Response): Generator<string> {
  // Status 0: a redirect that was not followed, or an opaque response.
  if (status >= 400) return;
  yield own;
  for (const name of ['location', 'content-location']) {
    const named = headers.get(name);
    try {
      const base = new URL(own, NOWHERE);
      const url = named && new URL(named, base);
      if (!url || url.origin !== base.origin) continue;
      url.hash = '';
      yield url.origin === NOWHERE ? url.href.slice(NOWHERE.length) : url.href;
    } catch {
      // No URL.
    }
  }
}
