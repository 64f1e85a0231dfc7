import type { Call } from '../flight/call.ts';
import type { CallOptions } from '../flight/call-options.ts';
import type { CallRunner } from '../flight/call-runner.ts';
import type { SingleFlightDeps, StoredResults } from '../flight/deps.ts';
import type { HttpMode } from '../flight/http-mode.ts';
import type { Layer, Run } from '../flight/pipeline.ts';
import type { SingleFlight } from '../flight/single-flight.ts';
import type { StaleResults } from '../flight/stale-results.ts';
import { presentStored } from '../flight/stored-result.ts';
import { discardBody, type FetchRequest, kindOf, SharedResponse } from '../http/results.ts';
import { chain } from '../platform/thenable.ts';
import { parseDirectives } from './directives.ts';
import { type FoundEntry, findEntry } from './entry-lookup.ts';
import type { Exchange, Exchanges } from './exchanges.ts';
import { updateByHead } from './head-update.ts';
import { accepts, type RequestWish, readWish } from './request-wish.ts';
import { updatedHeaders } from './stored-headers.ts';
import { isSameVersion } from './validators.ts';

/** Answers the calls of one wrapped function as an HTTP cache. */
export class HttpAnswers implements HttpMode {
  readonly layer: Layer;
  readonly #exchanges: Exchanges;
  #deps!: SingleFlightDeps;
  #stored!: StoredResults;
  #runner!: CallRunner;
  #stale!: StaleResults;
  #flights!: SingleFlight;

  constructor(exchanges: Exchanges) {
    this.#exchanges = exchanges;
    this.layer = (next) => (call, cancellation) => this.#request(next, call, cancellation);
  }

  attach(
    deps: SingleFlightDeps,
    runner: CallRunner,
    stale: StaleResults | undefined,
    flights: SingleFlight,
  ): void {
    this.#deps = deps;
    this.#stored = deps.stored as StoredResults;
    this.#runner = runner;
    this.#stale = stale as StaleResults;
    this.#flights = flights;
    this.#exchanges.attach(this.#stored.internals);
  }

  answer(call: Call, callOptions: CallOptions | undefined): unknown {
    const request = call.request as FetchRequest;
    const runner = this.#runner;
    const wish = readWish(request.mode, request.headers);
    if (wish.passesBy) return runner.runAlone(call, callOptions);
    const isHead = request.method === 'HEAD';
    const getKey = isHead ? this.#keyOfGet(call) : undefined;
    if (isHead) {
      const entry = this.#find(getKey, request);
      if (entry && this.#isUsable(entry, wish, callOptions)) {
        return this.#give(entry, call, callOptions, true);
      }
    }
    const entry = this.#find(call.key, request);
    if (entry && this.#isUsable(entry, wish, callOptions)) {
      return this.#give(entry, call, callOptions, isHead);
    }
    if (wish.onlyIfCached === 'error') {
      throw new TypeError(`No stored response for ${request.method} ${request.url}`);
    }
    if (wish.onlyIfCached) {
      return Promise.resolve(new Response(null, { status: 504, statusText: 'Gateway Timeout' }));
    }
    const { record } = entry ?? {};
    const isConditional = record?.validators && !wish.reload && /^(GET|HEAD)$/.test(request.method);
    const condition = isConditional ? { response: entry?.value as Response, record } : undefined;
    this.#exchanges.begin(request, condition);
    // The key of the user does not tell HEAD from GET, whose response must stay.
    if (isHead && Object.is(getKey, call.key)) return runner.runAlone(call, callOptions);
    const isStale = entry !== undefined && entry.staleness > 0;
    // Directives of the request that a fresh response does not meet ask for another one. So does a limit of the age.
    if (entry && (callOptions?.refresh || !isStale || this.#isTooOld(entry, wish))) {
      return runner.joinOrLead(call, { ...callOptions, refresh: true }, false);
    }
    const stale = entry && this.#stale.find(call.key);
    return stale
      ? this.#flights.answerStale(call, callOptions, stale)
      : runner.joinOrLead(call, callOptions, true);
  }

  #keyOfGet({ thisArg, args, request }: Call): unknown {
    return this.#deps.keys.keyOf(thisArg, args, request && asGet(request));
  }

  #find(key: unknown, request: FetchRequest): FoundEntry | undefined {
    return findEntry(this.#stored, this.#exchanges, key, request);
  }

  #isUsable(
    { staleness, record }: FoundEntry,
    wish: RequestWish,
    callOptions: CallOptions | undefined,
  ): boolean {
    const isSpared = wish.allowsImmutable && record?.isImmutable && staleness <= 0;
    if (callOptions?.refresh && !isSpared && !wish.anyAge) return false;
    const age = record ? this.#exchanges.ageOf(record) : 0;
    return accepts(wish, age, staleness, record?.mustRevalidate !== false);
  }

  #isTooOld({ record }: FoundEntry, { maxAge }: RequestWish): boolean {
    return record !== undefined && this.#exchanges.ageOf(record) > maxAge;
  }

  #give(
    { slot, value, kind }: FoundEntry,
    { key }: Call,
    callOptions: CallOptions | undefined,
    isHead: boolean,
  ): unknown {
    const { reporter, returns } = this.#deps;
    this.#stored.entries.use(slot);
    reporter.report('cache_hit', { key, flight: 0 });
    return isHead
      ? Promise.resolve(SharedResponse.headOnly(value as Response))
      : presentStored(value, kind, returns, callOptions?.signals);
  }

  /** Sends one request, and turns the 304 that confirms a stored response into that response. */
  #request(next: Run, call: Call, cancellation: Parameters<Run>[1]): unknown {
    const exchanges = this.#exchanges;
    const exchange = exchanges.of(call.request);
    if (!exchange) return next(call, cancellation);
    exchange.isConditional = exchange.condition !== undefined;
    const { condition } = exchange;
    const requested = exchanges.wallTime();
    return chain(
      () => next(call, cancellation),
      (result) => {
        if (kindOf(result) !== 'response') return result;
        const response = result as Response;
        const { status, headers, url } = response;
        if (status === 304 && condition) {
          const { validators, url: storedUrl } = condition.record;
          const isMoved = url && storedUrl && url !== storedUrl;
          if (isMoved || !(validators && isSameVersion(validators, headers))) {
            discardBody(response);
            exchange.condition = undefined;
            return this.#request(next, call, cancellation);
          }
        }
        // Of the responses of a hedged attempt the first one counts: the age is not underestimated.
        if (exchange.call !== call || exchange.attempt !== call.attempt) {
          exchange.call = call;
          exchange.attempt = call.attempt;
          exchange.arrival = exchanges.arrivalNow(requested);
        }
        if (status === 304 && condition) return this.#confirmed(call, exchange, response);
        if (call.request?.method === 'HEAD') this.#updateGet(call, exchange, response);
        return response;
      },
    );
  }

  #confirmed(call: Call, exchange: Exchange, response: Response): Response {
    const { condition } = exchange;
    const stored = condition?.response as Response;
    const { internals, entries } = this.#stored;
    discardBody(response);
    if (!exchange.isReported) {
      exchange.isReported = true;
      internals.counts.revalidated++;
      this.#deps.reporter.report('cache_revalidated', call);
    }
    const slot = internals.findNow(call.key);
    const isStored = slot !== 0 && entries.valueAt(slot) === stored;
    const directives = parseDirectives(response.headers.get('cache-control'));
    if (isStored && directives.has('no-store')) internals.invalidate(call.key);
    return SharedResponse.derive(stored, updatedHeaders(stored.headers, response.headers));
  }

  #updateGet(call: Call, { arrival }: Exchange, response: Response): void {
    const request = asGet(call.request as FetchRequest);
    const key = this.#keyOfGet(call);
    const entry = Object.is(key, call.key) ? undefined : this.#find(key, request);
    if (!entry || response.status !== 200) return;
    const exchanges = this.#exchanges;
    exchanges.begin(request, undefined);
    (exchanges.of(request) as Exchange).arrival = arrival;
    updateByHead(entry, response, { key, request, call, deps: this.#deps });
  }
}

/** The GET request with the same headers. */
function asGet(request: FetchRequest): FetchRequest {
  return {
    ...request,
    method: 'GET',
    keyParts: () => ['GET', ...request.keyParts().slice(1)],
  };
}
