import type { FetchRequest } from '../http/results.ts';
import { durationOf, parseDirectives } from './directives.ts';
import { type ExchangeTimes, initialAge, lifetimeOf } from './freshness.ts';
import type { HttpCacheSettings } from './settings.ts';
import { mayStore, mustRevalidate } from './storable.ts';
import { omittedHeaders } from './stored-headers.ts';
import { conditionOf } from './validators.ts';
import { type Selection, selectionOf } from './vary.ts';

/** The times of a request and its response, also on the clock of the cache. */
export interface Arrival extends ExchangeTimes {
  /** The time on the clock of the cache, in milliseconds. */
  readonly at: number;
}

/** What a cache knows of a stored response. Times are in milliseconds. */
export interface StoredRecord {
  /** The time of the arrival on the clock of the cache. */
  readonly at: number;
  /** Its age then. */
  readonly initialAge: number;
  /** How long it is fresh, from an age of 0; `undefined` if it does not say. */
  readonly lifetime: number | undefined;
  /** Whether it does not say, and gets the ttl of the user instead. */
  readonly usesTtl: boolean;
  /** The headers that make a request conditional. */
  readonly condition: readonly [string, string][];
  readonly selection: Selection;
  /** Whether it is never given stale. */
  readonly isStrict: boolean;
  readonly isImmutable: boolean;
  /** Whether headers of the response are for its first caller only, as `private="x-user"` says. */
  readonly isPersonal: boolean;
  /** The names of the headers that are not stored, separated by commas. */
  readonly omitted: string;
  readonly whileRevalidateMs: number;
  readonly ifErrorMs: number;
}

/**
 * What to keep of a response; `undefined` if it may not be stored.
 * @param wallTime see {@link initialAge}
 */
export function createRecord(
  response: Response,
  request: FetchRequest,
  arrival: Arrival,
  settings: HttpCacheSettings,
  wallTime: number,
): StoredRecord | undefined {
  const { headers, redirected } = response;
  const { shared, maxTtlMs } = settings;
  const directives = parseDirectives(headers.get('cache-control'));
  const isAuthorized = Boolean(request.headers?.get('authorization'));
  if (!mayStore(response, directives, shared, isAuthorized)) return undefined;
  // The headers of the responses that redirected are not visible: they may have forbidden to store anything.
  const isStrict = redirected || mustRevalidate(directives, shared);
  const isChecked = redirected || directives.get('no-cache') === '';
  const stated = isChecked ? 0 : lifetimeOf(response, directives, settings, arrival.received);
  /** A window for stale responses (RFC 5861). */
  const windowOf = (name: string, option: number | false) =>
    isStrict || option === false ? 0 : durationOf(directives, name, option);
  return {
    at: arrival.at,
    initialAge: initialAge(headers, arrival, wallTime),
    lifetime: stated && Math.min(stated, maxTtlMs),
    usesTtl: stated === undefined && settings.ttlStatuses.has(response.status),
    condition: conditionOf(headers),
    selection: selectionOf(headers.get('vary'), request.headers),
    isStrict,
    isImmutable: directives.has('immutable'),
    isPersonal: Boolean(directives.get('private') || directives.get('no-cache')),
    omitted: omittedHeaders(headers, directives, shared),
    whileRevalidateMs: Math.min(
      windowOf('stale-while-revalidate', settings.whileRevalidateMs),
      Math.max(maxTtlMs - (stated ?? 0), 0),
    ),
    ifErrorMs: windowOf('stale-if-error', settings.ifErrorMs),
  };
}
