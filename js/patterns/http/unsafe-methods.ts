import { warn } from '../../events/warn.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { isResponse } from '../../http/result-kind.ts';
import { chain } from '../../platform/thenable.ts';

/**
 * The layer that removes what is stored for a URL once an unsafe method, such as POST, has changed what is there
 * (RFC 9111, 4.4). An error status changes nothing.
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
          // The request has done its work: nothing here may have it sent again.
          warn('Stored responses could not be invalidated', error);
        }
        return value;
      },
      (error) => {
        throw error;
      },
    );
}

/** Stands in for the origin of a URL that is relative, as those of some functions are. */
const NOWHERE = 'http://relative.invalid';

/** The URL itself and those of the same origin that the response names. */
function* changedUrls(own: string, { status, headers }: Response): Generator<string> {
  // 0: a redirect that was not followed, or an answer that is not shown.
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
