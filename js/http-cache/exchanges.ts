import type { CacheInternals } from '../cache/cache-internals.ts';
import type { Call } from '../flight/call.ts';
import { type CopyInit, type FetchRequest, withHeaders } from '../http/results.ts';
import { isBrowser } from '../platform/host.ts';
import { bareCopy } from '../platform/property.ts';
import { deriveResponse } from './derived-response.ts';
import type { HttpCacheSettings } from './settings.ts';
import { headersToStore } from './stored-headers.ts';
import { type Arrival, createRecord, type StoredRecord } from './stored-record.ts';

/** The requests of one call of `fetch`: one for each attempt. */
export interface Exchange {
  /** The stored response that a request asks to confirm. The flight holds it, so eviction does no harm. */
  stored: Response | undefined;
  /** Whether the request that is sent now has the condition. */
  isConditional: boolean;
  /** The arrival of the response of an attempt. */
  arrival: Arrival | undefined;
  /** The call and the attempt of the arrival. */
  call: Call | undefined;
  attempt: number;
  isReported: boolean;
}

/** The requests under way, and what is known of the stored responses, of one wrapped function. */
export interface Exchanges {
  /** Called before the first call. */
  attach(internals: CacheInternals): void;
  /** The arrival of a response for which the request was sent at this time, by the clock of the cache. */
  arrivalNow(sentAt?: number): Arrival;
  /**
   * Prepares the requests of a call.
   * @param stored the response to confirm
   */
  begin(request: FetchRequest, stored: Response | undefined, arrival?: Arrival): void;
  of(request: FetchRequest | undefined): Exchange | undefined;
  /** What is kept of a response to a request; `undefined` if it may not be stored. */
  record(response: Response, request: FetchRequest): StoredRecord | undefined;
  /** The same for the last response to a request for which `record` was called. */
  lastRecord(request: FetchRequest): StoredRecord | undefined;
  /** The response to store. Its copies tell their age. */
  keep(response: Response, record: StoredRecord): Response;
  recordFor(stored: unknown): StoredRecord | undefined;
  /** The current age (RFC 9111, 4.2.3), in milliseconds. */
  ageOf(record: StoredRecord): number;
}

export function createExchanges(settings: HttpCacheSettings): Exchanges {
  const records = new WeakMap<object, StoredRecord>();
  const exchanges = new WeakMap<FetchRequest, Exchange>();
  const lastRecords = new WeakMap<FetchRequest, StoredRecord | undefined>();
  let internals: CacheInternals;

  // A clock of the user replaces that of the system.
  const wallTime = () => (internals.settings.clock.injected ? internals.timeIfAny() : Date.now());
  const recordFor = (stored: unknown) => records.get(stored as object);
  const arrivalNow = (sentAt?: number) => {
    const at = internals.timeIfAny();
    return { delay: at - (sentAt ?? at), received: wallTime(), at };
  };
  const ageOf = ({ at, initialAge }: StoredRecord) =>
    initialAge + Math.max(internals.lastTime - at, 0);

  return {
    attach(used) {
      internals = used;
    },
    arrivalNow,
    begin(request, stored, arrival) {
      const known = exchanges.get(request);
      if (known) {
        known.stored = stored;
        return;
      }
      const exchange: Exchange = {
        stored,
        isConditional: false,
        arrival,
        call: undefined,
        attempt: 0,
        isReported: false,
      };
      exchanges.set(request, exchange);
      const plainArguments = request.argumentsWith;
      request.argumentsWith = (signal) => {
        const [input, init, ...rest] = plainArguments(signal);
        const condition =
          exchange.isConditional && conditionalInit(request, recordFor(exchange.stored)?.condition);
        return [input, condition ? bareCopy(init as object, condition) : init, ...rest];
      };
    },
    of: (request) => request && exchanges.get(request),
    record(response, request) {
      const arrival = exchanges.get(request)?.arrival ?? arrivalNow();
      const record = createRecord(response, request, arrival, settings, Date.now());
      lastRecords.set(request, record);
      return record;
    },
    lastRecord: (request) => lastRecords.get(request),
    keep(response, record) {
      let lastAge: number;
      let current: CopyInit;
      const kept = deriveResponse(
        response,
        (headers) => headersToStore(headers, record.omitted),
        (init) => {
          const age = Math.floor(ageOf(record) / 1_000);
          // The copies of one second share their headers.
          if (age !== lastAge) {
            lastAge = age;
            current = withHeaders(init, new Headers(init.headers));
            current.headers.set('age', `${age}`);
          }
          return current;
        },
      );
      records.set(kept, record);
      return kept;
    },
    recordFor,
    ageOf,
  };
}

/**
 * The options of a conditional request. In browsers the browser's own cache makes the request conditional: a condition in the
 * headers would cost a preflight.
 */
function conditionalInit(
  { headers }: FetchRequest,
  condition: StoredRecord['condition'] = [],
): object {
  if (isBrowser()) return { cache: 'no-cache' };
  // Otherwise Node adds `no-cache`, to which servers such as Express answer with the whole response.
  const isStated = headers?.get('cache-control');
  const added = isStated ? condition : [...condition, ['cache-control', 'max-age=0'] as const];
  // The function may spread the caller's headers.
  return { headers: headers?.copy(added) ?? Object.fromEntries(added) };
}
