import { wrongKind } from '../options/messages.ts';
import type { BoundFunction, StoreLocation } from './bound-function.ts';
import type { Connection } from './connection.ts';
import { type ValueKind, writeValue } from './envelope.ts';
import type { TokenSnapshot } from './function-tokens.ts';
import type { HeldTags } from './held-tags.ts';
import { encodeResponse } from './response-envelope.ts';
import type { TierTerms } from './seam.ts';
import type { Run } from './tag-tokens.ts';

/** Added to each life in the store, which may count it from an earlier time: no copy may outlive the stored value. */
export const LIFE_MARGIN_MS = 1_000;

/** A result in bytes, and how it is stored. */
export interface EncodedResult {
  readonly kind: ValueKind;
  readonly payload: Uint8Array;
  /** Milliseconds, 0: forever. */
  readonly ttlMs: number;
  /** The life in the store, in milliseconds: the ttl, the windows for stale results, and {@link LIFE_MARGIN_MS}; 0: forever. */
  readonly lifeMs: number;
  /** Once it is written: the end of its freshness by the server's clock, in milliseconds since 1970; `Infinity`: never. */
  freshUntil: number;
  readonly tags: ReadonlySet<string> | undefined;
}

/** Encodes a result. One that has to stay in this process has no bytes. */
export function encodeResult(
  bound: BoundFunction,
  value: unknown,
  { ttlMs: ownTtlMs, tags }: TierTerms,
): EncodedResult {
  const { first } = bound.user;
  const ttlMs = ownTtlMs ?? first.ownTtl();
  const lifeMs = ttlMs === 0 ? 0 : Math.ceil(ttlMs + first.entries.staleMs) + LIFE_MARGIN_MS;
  const [kind, payload] = encode(bound, value);
  return { kind, payload, ttlMs, lifeMs, freshUntil: Infinity, tags };
}

/** The freshness that is left of a result that was written, in milliseconds, 0: forever; below 0 it is stale. */
export function leftMsOf(
  { ttlMs, freshUntil }: EncodedResult,
  { serverTime }: Pick<Connection, 'serverTime'>,
): number {
  return ttlMs && (freshUntil - serverTime || -1);
}

function encode(bound: BoundFunction, value: unknown): readonly [ValueKind, Uint8Array] {
  const { settings, stats } = bound.core;
  const { codec, maxValueBytes } = settings;
  try {
    const body = bound.user.bodyOf(value);
    const payload =
      body === undefined ? codec.encode(value) : encodeResponse(value as Response, body);
    if (!(payload instanceof Uint8Array)) {
      throw wrongKind('the result of codec.encode', 'a Uint8Array, not a Promise', payload);
    }
    if (payload.length <= maxValueBytes) return [body === undefined ? 'v' : 'r', payload];
  } catch (error) {
    bound.warnUnstorable(error);
  }
  stats.unstorable++;
  return ['x', new Uint8Array(0)];
}

/**
 * The value to store for a result; `undefined` if one of its tags was invalidated since the run began.
 * @param snapshot of the tokens, from before the run
 */
export async function storedValueOf(
  { bound, held }: { readonly bound: BoundFunction; readonly held: HeldTags },
  location: StoreLocation,
  token: string,
  result: EncodedResult,
  snapshot: TokenSnapshot,
  run?: Run,
): Promise<Uint8Array | undefined> {
  const { settings, stats, connection } = bound.core;
  const { kind, payload, ttlMs, tags } = result;
  const meta = await bound.tokens.metaOf(held, settings.codec.name, snapshot, tags, run);
  if (meta === undefined) return undefined;
  // The earliest time: no copy of it may outlive the value in the store.
  const freshUntil = ttlMs === 0 ? Infinity : connection.earliestServerTime + ttlMs;
  result.freshUntil = freshUntil;
  const staleUntil = freshUntil + bound.user.first.entries.staleMs;
  const header = { token, freshUntil, staleUntil, kind, meta };
  const bytes = writeValue(header, location.bytes, payload);
  stats.bytesOut += bytes.length;
  return bytes;
}
