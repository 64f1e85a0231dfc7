import { isObject } from '../platform/property.ts';
import { bodyStream } from './body-stream.ts';
import { givesByteStreams } from './buffered-body.ts';
import type { FetchRequest } from './fetch-request.ts';
import { bodyOf, canRespond, discardBody, type Head, headOf, respond } from './response.ts';
import { isResponse } from './result-kind.ts';
import { changed, resumeBody } from './resume-body.ts';
import { type BodyTerms, SharedBody } from './shared-body.ts';

/** The shared responses behind the responses that caches hold. */
export const sharedBy = new WeakMap<Response, SharedResponse>();

/** The terms on which a flight shares its response. */
export interface SharingTerms extends Omit<BodyTerms, 'ended'> {
  /** Whether the flight shares it. */
  readonly accepts: (() => boolean) | undefined;
  /** Called once, with the response to store if the body is complete. */
  readonly ended: ((stored: Response | undefined) => void) | undefined;
}

/** The terms for a value of the user. Properties of their own, as `Object.prototype` may have some. */
const KEPT_WHOLE: SharingTerms = {
  maxSize: Infinity,
  accepts: undefined,
  ended: undefined,
  isWanted: undefined,
  request: undefined,
  watch: undefined,
};

/** A response of which every caller gets a copy. */
export class SharedResponse {
  /** Whether it is known which caller is the leader, which gets the cookies. */
  hasLeader = true;
  readonly head: Head;
  readonly body: SharedBody | undefined;
  /** Whether a request gets it; absent if every request of the flight does. */
  isFor: ((request: FetchRequest) => boolean) | undefined;
  /** The head of the response that it was derived from, whose body is complete. */
  base: Head | undefined;

  constructor(head: Head, body: SharedBody | undefined) {
    this.head = head;
    this.body = body;
  }

  /** Unlike `instanceof`, this asks no Proxy of the user. */
  static is(value: unknown): value is SharedResponse {
    return isObject(value) && #repeated in value;
  }

  /**
   * Starts to share a response; `undefined` if it cannot be copied, or its body has no end.
   */
  static share(response: Response, terms: SharingTerms): SharedResponse | undefined {
    try {
      const derived = sharedBy.get(response);
      if (derived?.base) {
        terms.accepts?.();
        terms.ended?.(response);
        return derived;
      }
      if (terms.accepts?.() === false || !canRespond(response) || isEndless(response)) {
        return undefined;
      }
      const stream = bodyOf(response);
      const head = headOf(response);
      // Not a constant: a body may end inside its constructor.
      let body: SharedBody | undefined;
      if (stream) {
        const ended = () => {
          let stored: Response | undefined;
          try {
            stored = body?.bytes && shared.stored();
          } finally {
            terms.ended?.(stored);
          }
        };
        body = new SharedBody(stream, { ...terms, ended });
      }
      const shared = new SharedResponse(head, body);
      if (!body) terms.ended?.(shared.stored());
      return shared;
    } catch {
      return undefined;
    }
  }

  /** The body of a stored response, `null` if it has none; `undefined` for any other value. */
  static bodyOf(value: unknown): Uint8Array | null | undefined {
    const shared = sharedBy.get(value as Response);
    return shared && (shared.body?.bytes ?? null);
  }

  /** A value, or a copy of it if it is a response, for example one that the user put into a cache. */
  static copyOf(value: unknown, signals: readonly AbortSignal[] = []): unknown {
    // A response that has been read cannot be copied.
    return SharedResponse.of(value)?.copy(signals) ?? value;
  }

  /** The shared response behind a value; `undefined` for one that cannot be shared. */
  static of(value: unknown): SharedResponse | undefined {
    const known = sharedBy.get(value as Response);
    if (known?.body?.bytes || !isResponse(value)) return known;
    const shared = known ?? SharedResponse.share(value, KEPT_WHOLE);
    if (!shared) return undefined;
    // The owner of the value holds it, so the body arrives even when its readers leave.
    shared.keep(undefined);
    sharedBy.set(value, shared);
    return shared;
  }

  /**
   * A copy for one caller.
   * @param signals its body fails when one of them aborts
   * @param request makes the caller's own request, used when the body is too large to share
   * @param madeRequest whether the caller's own call made the request
   * @param restart makes the call again, used when the body times out
   */
  copy(
    signals: readonly AbortSignal[],
    request?: () => Promise<unknown>,
    madeRequest = false,
    restart?: () => Promise<unknown>,
  ): Response {
    const head = this.head;
    const body = this.body;
    const isLeader = madeRequest && this.hasLeader;
    if (!body) return respond(head, null, [], isLeader);
    if (body.bytes && head.isNative && (head.copyClass || givesByteStreams())) {
      return respond(head, body.bytes, [], isLeader);
    }
    const repeat = request && (() => this.#repeated(request));
    const source = body.open(repeat && ((kept) => resumeBody(kept, repeat)));
    const abortStates = [...signals, body.fault];
    const restartedResponse = restart && (() => this.#repeated(restart));
    return respond(head, bodyStream(source, signals), abortStates, isLeader, restartedResponse);
  }

  /** Whether its body is larger than the limit. */
  get isTooLarge(): boolean {
    return this.body?.state === 'too large';
  }

  /** Cancels the rest of a body that is too large, if nothing reads it. */
  releaseUnread(): void {
    this.body?.releaseUnread();
  }

  /** Whether its body has stopped arriving. */
  get isStalled(): boolean {
    return this.body?.isStalled === true;
  }

  /** Later callers do not join: the body is read to its end only for the callers that have joined. */
  leave(): void {
    this.body?.leave();
  }

  /**
   * Keeps the body arriving, even without readers.
   * @param copied ends this when it settles: its callers get copies then. Otherwise {@link release} ends it.
   */
  keep(copied: Promise<unknown> | undefined): void {
    const { body } = this;
    if (!body) return;
    body.holds++;
    const done = () => {
      this.release();
      body.leave();
    };
    void copied?.then(done, done);
  }

  /** Ends one {@link keep}. */
  release(): void {
    if (this.body) this.body.holds--;
  }

  /** The response to store in a cache: a `Response` like any other, for users that read the cache. */
  stored(): Response {
    const response = respond(this.head, this.body ? bodyStream(this.body.open()) : null);
    sharedBy.set(response, this);
    return response;
  }

  async #repeated(request: () => Promise<unknown>): Promise<Response> {
    const response = await request();
    const { status, headers } = this.head;
    if (isResponse(response) && response.status === status) {
      const isSame = (name: string) => response.headers.get(name) === headers.get(name);
      if (isSame('etag') && isSame('last-modified')) return response;
    }
    discardBody(response);
    throw changed();
  }
}

/** Whether `Content-Length` is larger than the limit. */
export function isTooLarge({ headers }: Response, maxBodySize: number): boolean {
  return Number(headers.get('content-length')) > maxBodySize;
}

function isEndless({ headers }: Response): boolean {
  return /^\s*text\/event-stream\b/i.test(headers.get('content-type') ?? '');
}
