import { bodyStream } from './body-stream.ts';
import { changed, continuation } from './continuation.ts';
import { canRespond, discardBody, type Head, headOf, respond } from './response.ts';
import { SharedBody } from './shared-body.ts';

/** What is kept behind the responses that stand in caches. */
const sharedBy = new WeakMap<Response, SharedResponse>();

/** A response of which every caller gets a copy of its own. */
export class SharedResponse {
  readonly #head: Head;
  readonly #body: SharedBody | undefined;

  private constructor(head: Head, body: SharedBody | undefined) {
    this.#head = head;
    this.#body = body;
  }

  /**
   * Shares a response from here on; `undefined` if that cannot be, or would mean to keep a body that is endless or too
   * large.
   * @param maxBodySize bytes that may be kept
   * @param ended runs once, with what to store in a cache if the body has arrived as a whole
   */
  static share(
    response: Response,
    maxBodySize: number,
    ended: (stored: Response | undefined) => void,
  ): SharedResponse | undefined {
    if (!canRespond(response) || isTooMuch(response, maxBodySize)) return undefined;
    const body: SharedBody | null =
      response.body &&
      new SharedBody(response.body, maxBodySize, () => {
        ended(body?.bytes && shared.#stored());
      });
    const shared = new SharedResponse(headOf(response), body ?? undefined);
    if (!body) ended(shared.#stored());
    return shared;
  }

  /** What a response that was found in a cache stands for; `undefined` if somebody put it there and has read it. */
  static behind(response: Response): SharedResponse | undefined {
    const shared = sharedBy.get(response) ?? SharedResponse.share(response, Infinity, () => {});
    if (shared) sharedBy.set(response, shared);
    return shared;
  }

  /**
   * A response for one caller.
   * @param signals break its body off when one of them aborts
   * @param request makes the caller's own request, in case that the body turns out too large to share
   */
  copy(signals: readonly AbortSignal[], request?: () => Promise<unknown>): Response {
    if (!this.#body) return respond(this.#head, null);
    if (this.#body.bytes) return respond(this.#head, this.#body.bytes);
    const again = request && (() => this.#repeated(request));
    const source = this.#body.open(again && ((kept) => continuation(kept, again)));
    return respond(this.#head, bodyStream(source, signals));
  }

  /** Stands for it in a cache: a response like any other, for who looks there. */
  #stored(): Response {
    const response = respond(this.#head, this.#body ? bodyStream(this.#body.open()) : null);
    sharedBy.set(response, this);
    return response;
  }

  async #repeated(request: () => Promise<unknown>): Promise<Response> {
    const response = (await request()) as Response;
    const same = (name: string) => response.headers.get(name) === this.#head.headers.get(name);
    if (response.status === this.#head.status && same('etag') && same('last-modified')) {
      return response;
    }
    discardBody(response);
    throw changed();
  }
}

/** Streams of events do not end, and what says that it is too large need not be tried. */
function isTooMuch({ headers, body }: Response, maxBodySize: number): boolean {
  if (!body) return false;
  return (
    /^\s*text\/event-stream\b/i.test(headers.get('content-type') ?? '') ||
    Number(headers.get('content-length')) > maxBodySize
  );
}
