import type { StoredKind } from '../cache/entries.ts';
import type { Call } from '../flight/call.ts';
import type { CallOptions } from '../flight/call-options.ts';
import type { CallRunner } from '../flight/call-runner.ts';
import type { SingleFlightDeps, StoredResults } from '../flight/deps.ts';
import type { HttpMode } from '../flight/http-mode.ts';
import type { Run } from '../flight/pipeline.ts';
import type { SingleFlight } from '../flight/single-flight.ts';
import type { StaleResults } from '../flight/stale-results.ts';
import { presentStored } from '../flight/stored-result.ts';
import { discardBody, type FetchRequest, kindOf, SharedResponse } from '../http/results.ts';
import { chain } from '../platform/thenable.ts';
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
import { isSameVersion } from './validators.ts';
import { isSelected } from './vary.ts';

/** A stored response for a request. */
interface StoredEntry {
  readonly slot: number;
  readonly value: Response;
  readonly kind: StoredKind;
  /** Milliseconds since it became stale; 0 or less for a fresh one. */
  readonly staleness: number;
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
    if (bypassesCache(headers)) return runner.runAlone(call, callOptions);
    const requested = readRequestDirectives(mode, headers);
    const isHead = method === 'HEAD';
    const getKey = isHead ? keyOf(call, asGet(request)) : key;
    let entry: StoredEntry | undefined;
    // HEAD is answered from the response to GET, too (RFC 9110, 9.3.2).
    for (const candidateKey of isHead ? [getKey, key] : [key]) {
      entry = find(candidateKey, request);
      if (!entry) continue;
      const { staleness, record, age } = entry;
      const isImmutableHit = requested.allowsImmutable && record?.isImmutable && staleness <= 0;
      const mayHit = !callOptions?.refresh || isImmutableHit || requested.anyAge;
      if (mayHit && accepts(requested, age, staleness, record?.isStrict !== false)) {
        return returnStored(entry, call, callOptions, isHead);
      }
    }
    if (mode === ONLY_IF_CACHED)
      throw new TypeError(`No stored response for ${method} ${request.url}`);
    if (requested.isOnlyIfCached) return Promise.resolve(new Response(null, { status: 504 }));

    const isConditional = mode !== 'reload' && /^(GET|HEAD)$/.test(method);
    const isKnown = isConditional && entry?.record?.condition.length;
    exchanges.begin(request, isKnown ? entry?.value : undefined);
    // The keys of the user do not tell HEAD from GET, whose response must stay.
    if (isHead && Object.is(getKey, key)) return runner.runAlone(call, callOptions);
    if (!entry) return runner.joinOrLead(call, callOptions);
    const { staleness, age } = entry;
    if (callOptions?.refresh || staleness <= 0 || age > requested.maxAge) {
      // The request accepts neither a fresh response nor a stale one instead of a failure.
      return runner.joinOrLead(call, { ...callOptions, refresh: true }, false);
    }
    const stale = staleResults.find(key);
    return stale
      ? flights.answerStale(call, callOptions, stale)
      : runner.joinOrLead(call, callOptions);
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
      ? Promise.resolve(SharedResponse.headOnly(value))
      : presentStored(value, kind, returns, callOptions?.signals);
  }

  /** Sends one request, and turns the 304 that confirms a stored response into that response. */
  function send(next: Run, call: Call, cancellation: Parameters<Run>[1]): unknown {
    const exchange = exchanges.of(call.request);
    if (!exchange) return next(call, cancellation);
    const { stored: known } = exchange;
    exchange.isConditional = known !== undefined;
    const requested = exchanges.wallTime();
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
          exchange.arrival = exchanges.arrivalNow(requested);
        }
        if (isConfirmed) return confirm(call, exchange, known, response);
        if (call.request?.method === 'HEAD' && status === 200) {
          updateGet(call, response, exchange.arrival);
        }
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
    const slot = internals.findNow(call.key);
    const directives = parseDirectives(response.headers.get('cache-control'));
    if (directives.has('no-store') && slot !== 0 && entries.valueAt(slot) === known) {
      internals.invalidate(call.key);
    }
    return SharedResponse.derive(known, (headers) => updatedHeaders(headers, response.headers));
  }

  /**
   * Updates the stored response to GET by the response to HEAD if both are of the same version; otherwise makes it stale
   * (RFC 9111, 4.3.5).
   */
  function updateGet(call: Call, { headers }: Response, arrival: Arrival | undefined): void {
    const request = asGet(call.request as FetchRequest);
    const key = keyOf(call, request);
    const entry = find(key, request);
    if (!entry) return;
    const { internals } = stored;
    const { value, kind } = entry;
    const length = headers.get('content-length');
    const isSame =
      isSameVersion(value.headers, headers) &&
      (!length || length === (value.headers.get('content-length') ?? length));
    exchanges.begin(request, undefined, arrival);
    const updated = SharedResponse.derive(value, (known) => updatedHeaders(known, headers));
    const terms = isSame
      ? deps.rules.termsOf(key, updated, call.args, internals, undefined, request)
      : undefined;
    if (!terms) internals.expire(key);
    else internals.put(key, terms.value, terms.ttlMs, kind, terms.tags, terms.weight);
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
