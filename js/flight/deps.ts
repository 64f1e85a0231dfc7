import type { CacheInternals, NamedFunction } from '../cache/cache-internals.ts';
import type { Entries } from '../cache/entries.ts';
import type { Flights } from '../cache/flights.ts';
import type { Reporter } from '../events/reporter.ts';
import type { FetchRequest, ResponseRules } from '../http/results.ts';
import type { BoundTier } from '../tier/seam.ts';
import type { BodyLimit } from './call.ts';
import type { CallKeys } from './call-keys.ts';
import type { Flight } from './flight.ts';
import type { HttpMode } from './http-mode.ts';
import type { Run } from './pipeline.ts';
import type { ReturnTracker } from './return-tracker.ts';
import type { StaleRules } from './stale-results.ts';
import type { StorageRules } from './storage-rules.ts';

/** The dependencies of a `SingleFlight`, for one wrapped function. */
export interface SingleFlightDeps {
  readonly reporter: Reporter;
  readonly pipeline: Run;
  readonly keys: CallKeys;
  readonly returns: ReturnTracker;
  /** Absent without a cache. */
  readonly stored: StoredResults | undefined;
  /** Which responses are stored. */
  readonly responses: ResponseRules;
  /** How results are stored. */
  readonly rules: StorageRules;
  /** Absent if the cache keeps no stale results. */
  readonly staleRules: StaleRules | undefined;
  /** Answers calls by the rules of HTTP caching; absent where the ttl alone decides. */
  readonly http: HttpMode | undefined;
  /** Limits the time of the body of a shared response. */
  readonly limit: BodyLimit | undefined;
  /** Reads the arguments of a function with the signature of `fetch`; `undefined` for other functions. */
  readonly readRequest: ((args: readonly unknown[]) => FetchRequest) | undefined;
  /** Whether a pattern may run the function later than at the call. */
  readonly waits: boolean;
  /** Absent without a second tier. */
  readonly tier: BoundTier | undefined;
}

/** The cache of a function: its internals, and the parts of them that are needed most. */
export interface StoredResults {
  readonly internals: CacheInternals;
  readonly entries: Entries<unknown>;
  readonly flights: Flights<Flight>;
  /** The function as it is known in a shared cache; absent without a name there. */
  readonly named: NamedFunction | undefined;
}
