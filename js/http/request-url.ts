/** Matches an absolute URL. */
export const SCHEME = /^\s*[a-z][a-z\d+.-]*:/i;

/** An absolute URL. */
export interface KnownUrl {
  readonly href: string;
  /** The key of a call without other arguments; `undefined` until it is made. */
  key: unknown;
}

/** Absolute URLs by the text of the caller: to parse one takes a seventh of the time of a hit. */
const knownUrls = /* @__PURE__ */ new Map<string, KnownUrl>();
const MAX_KNOWN = 256;
const MAX_KNOWN_LENGTH = 1_024;

/** Removes the fragment, which is not sent. Text that is no URL is kept: the function may accept it. */
export function normalizeUrl(text: string): string {
  const known = knownUrls.get(text);
  if (known) return known.href;
  const { document, location } = globalThis as {
    document?: { baseURI?: string };
    location?: { href?: string };
  };
  try {
    const url = new URL(text, document?.baseURI ?? location?.href);
    // The setter takes as long as the rest.
    if (text.includes('#')) url.hash = '';
    // `http:path` is relative in a page.
    if (/^[a-z]+:\/\//i.test(text) && text.length <= MAX_KNOWN_LENGTH) {
      if (knownUrls.size === MAX_KNOWN) knownUrls.clear();
      knownUrls.set(text, { href: url.href, key: undefined });
    }
    return url.href;
  } catch {
    return text.replace(/#.*$/s, '');
  }
}

/** What is known of a text that {@link normalizeUrl} has read; `undefined` if it is not remembered. */
export function knownUrl(text: string): KnownUrl | undefined {
  return knownUrls.get(text);
}
