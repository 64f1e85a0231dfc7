import type { Layer } from '../flight/pipeline.ts';
import { follow } from '../flight/thenable.ts';
import { isResponse } from './result-kind.ts';

/**
 * The layer that removes what is stored for a URL once an unsafe method, such as POST, has changed what is there
 * (RFC 9111, 4.4). An error status changes nothing.
 * @param invalidate removes the entries of a URL
 */
export function unsafeMethodsLayer(invalidate: (url: string) => void): Layer {
  return (next) => (call, cancellation) =>
    follow(
      () => next(call, cancellation),
      (value) => {
        const { request } = call;
        if (request && !request.safe && isResponse(value)) {
          for (const url of changedUrls(request.url, value)) invalidate(url);
        }
        return value;
      },
      (error) => {
        throw error;
      },
    );
}

/** The URL itself and those of the same origin that the response names. */
function changedUrls(own: string, { status, headers }: Response): string[] {
  // 0: a redirect that was not followed, or an answer that is not shown.
  if (status >= 400) return [];
  const urls = [own];
  for (const name of ['location', 'content-location']) {
    const named = headers.get(name);
    try {
      const url = named && new URL(named, own);
      if (!url || url.origin !== new URL(own).origin) continue;
      url.hash = '';
      urls.push(url.href);
    } catch {
      // No URL.
    }
  }
  return urls;
}
