import type { Call } from '../flight/call.ts';
import type { SingleFlightDeps, StoredResults } from '../flight/deps.ts';
import { type FetchRequest, SharedResponse } from '../http/results.ts';
import type { FoundEntry } from './entry-lookup.ts';
import { updatedHeaders } from './stored-headers.ts';
import { isSameVersion, validatorsOf } from './validators.ts';

interface HeadUpdate {
  /** The key of the GET request. */
  readonly key: unknown;
  readonly request: FetchRequest;
  readonly call: Call;
  readonly deps: SingleFlightDeps;
}

/**
 * Updates the stored response to GET by the response to HEAD if both are of the same version; otherwise makes it stale
 * (RFC 9111, 4.3.5).
 */
export function updateByHead(entry: FoundEntry, head: Response, update: HeadUpdate): void {
  const { key, request, call, deps } = update;
  const { internals } = deps.stored as StoredResults;
  const stored = entry.value as Response;
  const validators = validatorsOf(stored.headers);
  const isSame =
    stored.status === 200 &&
    (!validators || isSameVersion(validators, head.headers)) &&
    hasSameLength(stored.headers, head.headers);
  const derived = SharedResponse.derive(stored, updatedHeaders(stored.headers, head.headers));
  const terms = isSame
    ? deps.rules.termsOf(key, derived, call.args, internals, undefined, request)
    : undefined;
  if (!terms) {
    internals.expire(key);
    return;
  }
  const { value, ttlMs, tags, weight } = terms;
  internals.put(key, value, ttlMs, entry.kind, tags, weight);
}

function hasSameLength(stored: Headers, head: Headers): boolean {
  const [length, newLength] = [stored.get('content-length'), head.get('content-length')];
  return length === null || newLength === null || length === newLength;
}
