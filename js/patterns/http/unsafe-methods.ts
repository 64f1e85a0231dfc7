import { warn } from '../../events/warn.ts';
import { isResponse } from '../../http/result-kind.ts';
import { chain } from '../../platform/thenable.ts';
import type { Pattern } from '../pattern.ts';

/**
 * Removes the stored responses of a URL after an unsafe method, such as POST, changed the resource (RFC 9111, 4.4). A
 * response with an error status removes nothing.
 */
export function unsafeMethods(): Pattern {
  return {
    option: 'http',
    layer: (_, { invalidateUrl }) =>
      invalidateUrl &&
      ((next) => (call, cancellation) =>
        chain(
          () => next(call, cancellation),
          (value) => {
            const { request } = call;
            try {
              if (request && !request.safe && isResponse(value)) {
                for (const url of changedUrls(request.url, value)) invalidateUrl(url);
              }
            } catch (error) {
              // The request succeeded: an error here must not cause a retry.
              warn('Stored responses could not be invalidated', error);
            }
            return value;
          },
        )),
  };
}

/** The origin for relative URLs, which some functions with the signature of `fetch` accept. */
const NO_ORIGIN = 'http://relative.invalid';

/** The requested URL, and the URLs of the same origin in `Location` and `Content-Location`. */
function* changedUrls(requested: string, { status, headers }: Response): Generator<string> {
  // 0 is the status of an opaque response.
  if (status >= 400) return;
  yield requested;
  for (const name of ['location', 'content-location']) {
    const location = headers.get(name);
    try {
      const base = new URL(requested, NO_ORIGIN);
      const url = location && new URL(location, base);
      if (!url || url.origin !== base.origin) continue;
      url.hash = '';
      yield url.origin === NO_ORIGIN ? url.href.slice(NO_ORIGIN.length) : url.href;
    } catch {
      // Not a URL.
    }
  }
}
