import type { FetchRequest } from '../http/results.ts';
import { type Directives, parseDirectives, secondsOf } from './directives.ts';
import {
  type ExchangeTimes,
  explicitLifetime,
  heuristicLifetime,
  initialAge,
} from './freshness.ts';
import type { HttpCacheSettings } from './settings.ts';
import { mayStore, mustRevalidate } from './storable.ts';
import { headersToStore } from './stored-headers.ts';
import { type Validators, validatorsOf } from './validators.ts';
import { type Selection, selectionOf } from './vary.ts';

/** When and for what a response came. */
export interface Arrival extends ExchangeTimes {
  /** The time on the clock of the cache, in milliseconds. */
  readonly at: number;
}

/** What a cache knows of a stored response. Times are in milliseconds. */
export interface StoredRecord {
  /** The headers to store. */
  readonly headers: Headers;
  readonly method: string;
  readonly url: string;
  /** The time of the arrival on the clock of the cache. */
  readonly at: number;
  /** Its age then. */
  readonly initialAge: number;
  /** How long it is fresh, from an age of 0; `undefined` if it does not say. */
  readonly lifetime: number | undefined;
  readonly validators: Validators | undefined;
  readonly selection: Selection;
  readonly mustRevalidate: boolean;
  readonly isImmutable: boolean;
  readonly whileRevalidateMs: number;
  readonly ifErrorMs: number;
}

/**
 * What to keep of a response; `undefined` if it may not be stored.
 * @param wallTime see {@link initialAge}
 */
export function recordOf(
  response: Response,
  request: FetchRequest,
  arrival: Arrival,
  settings: HttpCacheSettings,
  wallTime: number,
): StoredRecord | undefined {
  const { headers, url, redirected } = response;
  const { shared, heuristic, maxTtlMs } = settings;
  const directives = parseDirectives(headers.get('cache-control'));
  if (!mayStore(response, directives, shared, hasAuthorization(request))) return undefined;
  // The headers of the responses that redirected are not visible: they may have forbidden to store anything.
  const isChecked = redirected || directives.get('no-cache') === '';
  const stated = isChecked
    ? 0
    : (explicitLifetime(headers, directives, shared, arrival) ??
      heuristicLifetime(response, directives, heuristic, arrival));
  const isCut = stated !== undefined && stated > maxTtlMs;
  const isStrict = redirected || mustRevalidate(directives, shared);
  return {
    headers: headersToStore(headers, directives, shared),
    method: request.method,
    url,
    at: arrival.at,
    initialAge: initialAge(headers, arrival, wallTime),
    lifetime: isCut ? maxTtlMs : stated,
    validators: validatorsOf(headers),
    selection: selectionOf(headers, request.headers),
    mustRevalidate: isStrict,
    isImmutable: directives.has('immutable'),
    whileRevalidateMs:
      isStrict || isCut
        ? 0
        : windowOf(directives, 'stale-while-revalidate', settings.staleWhileRevalidateMs),
    ifErrorMs: isStrict ? 0 : windowOf(directives, 'stale-if-error', settings.staleIfErrorMs),
  };
}

export function hasAuthorization(request: FetchRequest): boolean {
  return Boolean(request.headers?.get('authorization'));
}

/**
 * A window for stale responses (RFC 5861).
 * @param fallback the option: `false` for none at all, a time where the response says nothing
 */
function windowOf(directives: Directives, name: string, fallback: number | false): number {
  if (fallback === false) return 0;
  return directives.has(name) ? (secondsOf(directives.get(name)) || 0) * 1_000 : fallback;
}
