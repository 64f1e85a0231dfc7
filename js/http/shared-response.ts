import { bodyStream } from './body-stream.ts';
import { bodyOf, canRespond, discardBody, type Head, headOf, respond } from './response.ts';
import { isResponse } from './result-kind.ts';
import { changed, resumeBody } from './resume-body.ts';
import { type BodyTerms, SharedBody } from './shared-body.ts';

/** What is kept behind the responses that stand in caches. */
const sharedBy = new WeakMap<Response, SharedResponse>();

/** What a flight asks of its response. */
export interface SharingTerms extends Omit<BodyTerms, 'ended'> {
  /** Whether the flight shares it. */
  accepts?(): boolean;
  /** Runs once, with what to store in a cache if the body has arrived as a whole. */
  ended?(stored: Response | undefined): void;
}

/** A response of which every caller gets a copy of its own. */
export class SharedResponse {
  /** Whether its leader can be told from the others, and gets the cookies. */
  hasLeader = true;
  readonly #head: Head;
  readonly body: SharedBody | undefined;

  private constructor(head: Head, body: SharedBody | undefined) {
    this.#head = head;
    this.body = body;
  }

  /**
   * Shares a response from here on; `undefined` if that cannot be, or would mean to keep a body that is endless.
   */
  static share(response: Response, terms: SharingTerms): SharedResponse | undefined {
    try {
      if (terms.accepts?.() === false || !canRespond(response) || isEndless(response)) {
        return undefined;
      }
      const stream = bodyOf(response);
      const head = headOf(response);
      // Not a constant: a body may end while it is made.
      let body: SharedBody | undefined;
      if (stream) {
        const ended = () => {
          let stored: Response | undefined;
          try {
            stored = body?.bytes && shared.#stored();
          } finally {
            terms.ended?.(stored);
          }
        };
        body = new SharedBody(stream, { ...terms, ended });
      }
      const shared = new SharedResponse(head, body);
      if (!body) terms.ended?.(shared.#stored());
      return shared;
    } catch {
      return undefined;
    }
  }

  /** A value, or a copy of it if it is a response that somebody put into a cache, say. */
  static copyOf(value: unknown, signals: readonly AbortSignal[] = []): unknown {
    if (!isResponse(value)) return value;
    const shared = sharedBy.get(value) ?? SharedResponse.share(value, { maxSize: Infinity });
    // One that has been read already is given as it is.
    if (!shared) return value;
    // Its owner holds it: the body goes on when its readers leave.
    shared.keep(undefined);
    sharedBy.set(value, shared);
    return shared.copy(signals);
  }

  /**
   * A response for one caller.
   * @param signals break its body off when one of them aborts
   * @param request makes the caller's own request, in case that the body turns out too large to share
   * @param leads the caller made the request that this is the answer to
   * @param restart makes the call once more, in case that the body times out
   */
  copy(
    signals: readonly AbortSignal[],
    request?: () => Promise<unknown>,
    leads = false,
    restart?: () => Promise<unknown>,
  ): Response {
    const head = this.#head;
    const body = this.body;
    const isLeader = leads && this.hasLeader;
    if (!body) return respond(head, null, [], isLeader);
    if (body.bytes && head.isNative && givesByteStreams()) {
      return respond(head, body.bytes, [], isLeader);
    }
    const again = request && (() => this.#repeated(request));
    const source = body.open(again && ((kept) => resumeBody(kept, again)));
    const breaks = [...signals, body.fault];
    const repeated = restart && (() => this.#repeated(restart));
    return respond(head, bodyStream(source, signals), breaks, isLeader, repeated);
  }

  /** Whether its body has stopped arriving. */
  get isStalled(): boolean {
    return this.body?.isStalled === true;
  }

  /** Later callers do not join: the body is read to its end only for those who have joined. */
  leave(): void {
    this.body?.leave();
  }

  /** Keeps the body arriving, even without readers, until a promise settles whose callers get copies then. */
  keep(copied: Promise<unknown> | undefined): void {
    const body = this.body;
    if (!body) return;
    body.awaited = true;
    const done = () => {
      body.awaited = false;
      body.leave();
    };
    void copied?.then(done, done);
  }

  /** Stands for it in a cache: a response like any other, for who looks there. */
  #stored(): Response {
    const response = respond(this.#head, this.body ? bodyStream(this.body.open()) : null);
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

/** Whether what says so is larger than is to be kept. */
export function isTooLarge({ headers }: Response, maxBodySize: number): boolean {
  return Number(headers.get('content-length')) > maxBodySize;
}

function isEndless({ headers }: Response): boolean {
  return /^\s*text\/event-stream\b/i.test(headers.get('content-type') ?? '');
}

let byteStreams: boolean | undefined;

/** Whether the body of a response that is made of bytes can be read into a buffer, as that of `fetch` can. */
function givesByteStreams(): boolean {
  if (byteStreams === undefined) {
    try {
      new Response(new Uint8Array(1)).body?.getReader({ mode: 'byob' });
      byteStreams = true;
    } catch {
      byteStreams = false;
    }
  }
  return byteStreams;
}
