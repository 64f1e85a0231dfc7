import { wrongKind } from '../options/messages.ts';
import { isThenable } from '../platform/thenable.ts';
import type { BoundFunction } from './bound-function.ts';
import type { StoredValue } from './envelope.ts';
import type { Validity } from './function-tokens.ts';
import type { HeldTags } from './held-tags.ts';
import { decodeResponse } from './response-envelope.ts';
import type { TierCall, TierFlight } from './seam.ts';

/** A usable value of the store. */
export interface FoundResult {
  /** The token of the value. */
  readonly token: string;
  /** How it is used. */
  readonly use:
    | /** The callers get it. */ 'return'
    | /** It may replace a failure. */ 'stand in'
    | /** It says that each process has a result of its own. */ 'run here';
  readonly result: unknown;
  /** The milliseconds that are left of its freshness, `Infinity`: forever; below 0 it is stale. */
  readonly freshMs: number;
  readonly tags: ReadonlySet<string> | undefined;
}

/** Reads a stored value; `undefined` if it is not usable. At once if the tokens are known, and it has no tags. */
export function findResult(
  bound: BoundFunction,
  value: StoredValue,
  { request }: TierCall,
  flight: TierFlight,
  held: HeldTags,
): FoundResult | undefined | Promise<FoundResult | undefined> {
  const validity = bound.tokens.validate(value, request, held);
  return validity instanceof Promise
    ? validity.then((late) => late && decode(bound, value, late, flight))
    : validity && decode(bound, value, validity, flight);
}

function decode(
  bound: BoundFunction,
  value: StoredValue,
  validity: Validity,
  { isBackground }: TierFlight,
): FoundResult | undefined {
  const { codec } = bound.core.settings;
  const { whileRevalidateMs, ifErrorMs } = bound.user.first.settings;
  const { kind, payload, token } = value;
  const { freshMs, tags } = validity;
  const isFresh = freshMs > 0;
  if (kind === 'x') {
    return isFresh ? { token, use: 'run here', result: undefined, freshMs, tags } : undefined;
  }
  const isReturned = isFresh || (!isBackground && -freshMs <= whileRevalidateMs);
  if (!isReturned && (isBackground || -freshMs > ifErrorMs)) return undefined;
  let result: unknown;
  try {
    if (kind === 'r') result = decodeResponse(payload);
    else if (kind === 'v' && validity.codec === codec.name) result = codec.decode(payload);
    else return undefined;
    if (isThenable(result))
      throw wrongKind('the result of codec.decode', 'a value, not a Promise', result);
  } catch (error) {
    bound.core.fail(error);
    return undefined;
  }
  return { token, use: isReturned ? 'return' : 'stand in', result, freshMs, tags };
}
