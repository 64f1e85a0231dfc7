import type { CacheInternals } from '../cache/cache-internals.ts';
import type { Call } from '../flight/call.ts';
import type { StaleWindows } from '../flight/stale-results.ts';
import { type FetchRequest, SharedResponse } from '../http/results.ts';
import { bareCopy } from '../platform/property.ts';
import type { HttpCacheSettings } from './settings.ts';
import { type Arrival, recordOf, type StoredRecord } from './stored-record.ts';
import { conditionOf } from './validators.ts';

/** A stored response that a request asks to confirm. The flight holds it, so eviction does no harm. */
export interface Condition {
  readonly response: Response;
  readonly record: StoredRecord;
}

/** The requests of one call of `fetch`: one for each attempt. */
export interface Exchange {
  condition: Condition | undefined;
  /** Whether the next request has the condition. */
  isConditional: boolean;
  /** The arrival of the response of an attempt. */
  arrival: Arrival | undefined;
  call: Call | undefined;
  attempt: number;
  isReported: boolean;
}

const NO_WINDOWS: StaleWindows = { whileRevalidateMs: 0, ifErrorMs: 0 };

/** The requests under way, and what is known of the stored responses, of one wrapped function. */
export class Exchanges {
  readonly settings: HttpCacheSettings;
  readonly #records = new WeakMap<object, StoredRecord>();
  readonly #exchanges = new WeakMap<FetchRequest, Exchange>();
  #internals: CacheInternals | undefined;

  constructor(settings: HttpCacheSettings) {
    this.settings = settings;
  }

  attach(internals: CacheInternals): void {
    this.#internals = internals;
  }

  /** Milliseconds since 1970. A clock of the user replaces that of the system. */
  wallTime(): number {
    const internals = this.#internals as CacheInternals;
    return internals.settings.clock.injected ? internals.timeIfAny() : Date.now();
  }

  /** The arrival of a response for which the request was sent at this time. */
  arrivalNow(requested = this.wallTime()): Arrival {
    const at = (this.#internals as CacheInternals).timeIfAny();
    return { requested, received: this.wallTime(), at };
  }

  /** Prepares the requests of a call. */
  begin(request: FetchRequest, condition: Condition | undefined): void {
    const known = this.#exchanges.get(request);
    if (known) {
      known.condition = condition;
      return;
    }
    const exchange: Exchange = {
      condition,
      isConditional: false,
      arrival: undefined,
      call: undefined,
      attempt: 0,
      isReported: false,
    };
    this.#exchanges.set(request, exchange);
    const plainArguments = request.argumentsWith.bind(request);
    request.argumentsWith = (signal) => {
      const args = plainArguments(signal);
      const { condition } = exchange;
      if (!(condition && exchange.isConditional)) return args;
      const [input, init, ...rest] = args;
      return [input, bareCopy(init as object, conditionalInit(request, condition)), ...rest];
    };
  }

  of(request: FetchRequest | undefined): Exchange | undefined {
    return request && this.#exchanges.get(request);
  }

  /** What is kept of a response; `undefined` if it may not be stored. */
  record(response: Response, request: FetchRequest): StoredRecord | undefined {
    const arrival = this.of(request)?.arrival ?? this.arrivalNow();
    return recordOf(response, request, arrival, this.settings, Date.now());
  }

  /** The response to store. Its copies tell their age. */
  keep(response: Response, record: StoredRecord): Response {
    const kept = SharedResponse.derive(response, record.headers, ({ headers }) =>
      headers.set('age', `${Math.floor(this.ageOf(record) / 1_000)}`),
    );
    this.#records.set(kept, record);
    return kept;
  }

  recordOf(stored: unknown): StoredRecord | undefined {
    return this.#records.get(stored as object);
  }

  windowsOf(stored: unknown): StaleWindows {
    return this.recordOf(stored) ?? NO_WINDOWS;
  }

  /** The current age (RFC 9111, 4.2.3), in milliseconds. */
  ageOf({ at, initialAge }: StoredRecord): number {
    return initialAge + Math.max((this.#internals as CacheInternals).lastTime - at, 0);
  }
}

/**
 * The options of a conditional request. In browsers the browser's own cache makes the request conditional: a condition in the headers
 * would cost a preflight.
 */
function conditionalInit(request: FetchRequest, { record }: Condition): object {
  if (isBrowser()) return { cache: 'no-cache' };
  const own = request.headers?.pairs ?? [];
  const headers = [...own, ...(record.validators ? conditionOf(record.validators) : [])];
  // Otherwise Node adds `no-cache`, to which servers such as Express answer with the whole response.
  if (!request.headers?.get('cache-control')) headers.push(['cache-control', 'max-age=0']);
  return { headers: headers.map(([...pair]) => pair) };
}

function isBrowser(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: unknown } };
  return /^Mozilla\/(?!.*jsdom)/.test(String(navigator?.userAgent));
}
