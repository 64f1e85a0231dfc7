import type { StoredKind } from '../cache/entries.ts';
import { warn } from '../events/warn.ts';
import type { Call } from '../flight/call.ts';
import type { CallOptions } from '../flight/call-options.ts';
import type { CallRunner } from '../flight/call-runner.ts';
import type { SingleFlightDeps, StoredResults } from '../flight/deps.ts';
import type { HttpMode } from '../flight/http-mode.ts';
import type { Run } from '../flight/pipeline.ts';
import type { SingleFlight } from '../flight/single-flight.ts';
import { StaleResult, type StaleResults } from '../flight/stale-results.ts';
import { presentStored } from '../flight/stored-result.ts';
import { discardBody, type FetchRequest, kindOf, SharedResponse } from '../http/results.ts';
import { chain } from '../platform/thenable.ts';
import { deriveResponse, withoutBody } from './derived-response.ts';
import { parseDirectives } from './directives.ts';
import type { Exchange, Exchanges } from './exchanges.ts';
import {
  accepts,
  bypassesCache,
  ONLY_IF_CACHED,
  readRequestDirectives,
} from './request-directives.ts';
import { updatedHeaders } from './stored-headers.ts';
import type { Arrival, StoredRecord } from './stored-record.ts';
import { describes, isSameVersion } from './validators.ts';
import { isSelected, selectionOf } from './vary.ts';

/** A stored response for a request. */
interface StoredEntry {
  readonly slot: number;
  readonly value: Response;
  readonly kind: StoredKind;
  /** Milliseconds since it became stale; 0 or less for a fresh one. */
  readonly staleness: number;
  /** The end of its freshness, on the clock of the cache. */
  readonly freshUntil: number;
  /** `undefined` for a response that the user put into the cache. */
  readonly record: StoredRecord | undefined;
  /** Milliseconds. */
  readonly age: number;
}

/** Answers the calls of one wrapped function as an HTTP cache. */
export function createHttpMode(exchanges: Exchanges): HttpMode {
  let deps: SingleFlightDeps;
  let stored: StoredResults;
  let runner: CallRunner;
  let staleResults: StaleResults;
  let flights: SingleFlight;

  function answer(call: Call, callOptions: CallOptions | undefined): unknown {
    const { key } = call;
    const request = call.request as FetchRequest;
    const { method, mode, headers } = request;
    const requested = readRequestDirectives(mode, headers);
    const isOwn = bypassesCache(headers);
    if (isOwn && mode !== ONLY_IF_CACHED && !requested.isOnlyIfCached)
      return runner.runAlone(call, callOptions);
    const isHead = method === 'HEAD';
    const getKey = isHead ? keyOf(call, asGet(request)) : key;
    let entry: StoredEntry | undefined;
    // HEAD is answered from the response to GET, too (RFC 9110, 9.3.2).
    for (const candidateKey of isOwn ? [] : isHead ? [getKey, key] : [key]) {
      entry = find(candidateKey, request);
      if (!entry) continue;
      const { staleness, record, age } = entry;
      const isImmutableHit = requested.allowsImmutable && record?.isImmutable && staleness <= 0;
      // A refresh by `with` is no request for validation.
      const mayHit =
        !callOptions?.refresh || (request.refresh && (isImmutableHit || requested.anyAge));
      if (mayHit && accepts(requested, age, staleness, record?.isStrict !== false)) {
        return returnStored(entry, call, callOptions, isHead);
      }
    }
    if (mode === ONLY_IF_CACHED)
      throw new TypeError(`No stored response for ${method} ${request.url}`);
    if (requested.isOnlyIfCached) return Promise.resolve(new Response(null, { status: 504 }));

    // The keys of the user do not tell HEAD from GET, whose response must stay.
    const isAlone = isHead && Object.is(getKey, key);
    const isConditional = !isAlone && mode !== 'reload' && /^(GET|HEAD)$/.test(method);
    const isKnown = isConditional && entry?.record?.condition.length;
    exchanges.begin(request, isKnown ? entry?.value : undefined);
    if (isAlone) return runner.runAlone(call, callOptions);
    const refusesStale =
      entry &&
      (callOptions?.refresh ||
        entry.staleness <= 0 ||
        requested.minFresh > 0 ||
        entry.age > requested.maxAge ||
        (requested.limitsStale && entry.staleness > requested.maxStale));
    const stale = entry && !refusesStale ? staleResults.find(key) : undefined;
    // Otherwise the caller waits for no flight.
    if (!stale || !staleResults.isReturnedAtOnce(stale)) leaveOutdated(key);
    if (stale) return flights.answerStale(call, callOptions, stale);
    // The request accepts neither a fresh response nor a stale one instead of a failure.
    return refusesStale
      ? runner.joinOrLead(call, { ...callOptions, refresh: true }, false)
      : runner.joinOrLead(call, callOptions);
  }

  /** Detaches a flight whose response is not fresh, or no more: its body takes longer than that. */
  function leaveOutdated(key: unknown): void {
    const flight = runner.flightOf(key);
    const request = flight?.response && !flight.isPut && flight.request;
    const record = request && exchanges.lastRecord(request);
    if (!record || record.usesTtl) return;
    stored.internals.timeIfAny();
    if (exchanges.ageOf(record) >= (record.lifetime ?? 0)) flight.detach();
  }

  function keyOf({ thisArg, args }: Call, request: FetchRequest): unknown {
    return deps.keys.keyOf(thisArg, args, request);
  }

  /** The entry for a key; `undefined` if there is none, or if it is for other values of the headers in `Vary`. */
  function find(key: unknown, { headers }: FetchRequest): StoredEntry | undefined {
    const { internals, entries } = stored;
    const now = internals.readTime();
    const slot = internals.find(key);
    if (slot === 0) return undefined;
    const value = entries.valueAt(slot) as Response;
    const record = exchanges.recordFor(value);
    if (record && !isSelected(record.selection, headers)) return undefined;
    return {
      slot,
      value,
      kind: entries.kindAt(slot),
      staleness: now - entries.freshUntil(slot),
      freshUntil: entries.freshUntil(slot),
      record,
      age: record ? exchanges.ageOf(record) : 0,
    };
  }

  function returnStored(
    { slot, value, kind }: StoredEntry,
    { key }: Call,
    callOptions: CallOptions | undefined,
    isHead: boolean,
  ): unknown {
    const { reporter, returns } = deps;
    stored.entries.use(slot);
    reporter.report('cache_hit', { key, flight: 0 });
    return isHead
      ? Promise.resolve(withoutBody(value))
      : presentStored(value, kind, returns, callOptions?.signals);
  }

  /** Sends one request, and turns the 304 that confirms a stored response into that response. */
  function send(next: Run, call: Call, cancellation: Parameters<Run>[1]): unknown {
    const exchange = exchanges.of(call.request);
    if (!exchange) return next(call, cancellation);
    const { stored: known } = exchange;
    exchange.isConditional = known !== undefined;
    const sentAt = stored.internals.timeIfAny();
    const isHead = call.request?.method === 'HEAD';
    const described = isHead ? storedGet(call) : undefined;
    return chain(
      () => next(call, cancellation),
      (result) => {
        if (kindOf(result) !== 'response') return result;
        const response = result as Response;
        const { status, headers, url } = response;
        const isConfirmed = known && status === 304;
        if (isConfirmed && !(isSameVersion(known.headers, headers) && url === known.url)) {
          discardBody(response);
          exchange.stored = undefined;
          return send(next, call, cancellation);
        }
        // Of the responses of a hedged attempt the first one counts: the age is not underestimated.
        if (exchange.call !== call || exchange.attempt !== call.attempt) {
          exchange.call = call;
          exchange.attempt = call.attempt;
          exchange.arrival = exchanges.arrivalNow(sentAt);
        }
        if (isConfirmed) return confirm(call, exchange, known, response);
        if (described && status === 200) updateGet(call, response, described, exchange.arrival);
        return response;
      },
    );
  }

  function confirm(call: Call, exchange: Exchange, known: Response, response: Response): Response {
    const { internals, entries } = stored;
    discardBody(response);
    if (!exchange.isReported) {
      internals.counts.revalidated++;
      deps.reporter.report('cache_revalidated', call);
    }
    exchange.isReported = true;
    const directives = parseDirectives(response.headers.get('cache-control'));
    if (directives.has('no-store')) {
      try {
        const slot = internals.findNow(call.key);
        if (slot !== 0 && entries.valueAt(slot) === known) internals.invalidate(call.key);
      } catch (error) {
        warnOf(error);
      }
    }
    return deriveResponse(known, (headers) => updatedHeaders(headers, response.headers));
  }

  /** The stored response to GET that a HEAD request may describe. */
  function storedGet(call: Call): StoredEntry | undefined {
    const request = asGet(call.request as FetchRequest);
    try {
      return find(keyOf(call, request), request);
    } catch {
      // The user's clock fails, or the cache was disposed of while the call waited.
      return undefined;
    }
  }

  /**
   * Updates the stored response to GET by the response to HEAD if both are of the same version; otherwise makes it stale
   * (RFC 9111, 4.3.5).
   * @param described the stored response when HEAD was sent
   */
  function updateGet(
    call: Call,
    response: Response,
    described: StoredEntry,
    arrival: Arrival | undefined,
  ): void {
    const request = asGet(call.request as FetchRequest);
    const key = keyOf(call, request);
    const { internals } = stored;
    const { value, kind, freshUntil, record } = described;
    try {
      const entry = find(key, request);
      // The stored response was replaced or has expired since, or is a value of the user.
      if (!record || entry?.value !== value || entry.freshUntil !== freshUntil) return;
      exchanges.begin(request, undefined, arrival);
      const { headers } = response;
      const updated = deriveResponse(value, (known) => updatedHeaders(known, headers));
      const terms = isDescribed(value, response)
        ? deps.rules.termsOf(key, updated, call.args, internals, undefined, request)
        : undefined;
      if (!terms) internals.expire(key);
      else internals.put(key, terms.value, terms.ttlMs, kind, terms.tags, terms.weight);
    } catch (error) {
      // A function or the clock of the user failed, or the cache was disposed of.
      warnOf(error);
      try {
        internals.expire(key);
      } catch {
        // The same again. The caller gets the response to HEAD all the same.
      }
    }
  }

  function warnOf(error: unknown): void {
    warn(`A stored response of ${deps.reporter.functionName} could not be updated`, error);
  }

  function isFor(result: unknown, leader: FetchRequest, other: FetchRequest): boolean {
    const selection = StaleResult.is(result)
      ? exchanges.recordFor(result.entry?.value)?.selection
      : // A fallback may be for the user of the request.
        selectionOf('authorization', leader.headers);
    return !selection || isSelected(selection, other.headers);
  }

  return {
    layer: (next) => (call, cancellation) => send(next, call, cancellation),
    attach(used, usedRunner, stale, usedFlights) {
      deps = used;
      stored = used.stored as StoredResults;
      runner = usedRunner;
      staleResults = stale as StaleResults;
      flights = usedFlights;
      exchanges.attach(stored.internals);
    },
    isFor,
    answer,
  };
}

/** The GET request with the same headers. */
function asGet(request: FetchRequest): FetchRequest {
  return {
    ...request,
    method: 'GET',
    keyParts: () => ['GET', ...request.keyParts().slice(1)],
  };
}

/** Whether a response to HEAD is about the version of a stored response, which it may bring up to date. */
function isDescribed(stored: Response, { headers, redirected, url }: Response): boolean {
  const length = headers.get('content-length');
  const known =
    stored.headers.get('content-length') ?? `${SharedResponse.bodyOf(stored)?.byteLength ?? 0}`;
  return (
    stored.status === 200 &&
    !redirected &&
    url === stored.url &&
    headers.get('vary') === stored.headers.get('vary') &&
    (length === null || length === known) &&
    describes(headers, stored.headers)
  );
}
