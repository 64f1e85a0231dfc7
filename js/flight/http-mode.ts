import type { FetchRequest } from '../http/results.ts';
import type { Call } from './call.ts';
import type { CallOptions } from './call-options.ts';
import type { CallRunner } from './call-runner.ts';
import type { SingleFlightDeps } from './deps.ts';
import type { Layer } from './pipeline.ts';
import type { SingleFlight } from './single-flight.ts';
import type { StaleResults } from './stale-results.ts';

/** The rules of HTTP caching for one wrapped function: they replace the lookup by ttl. */
export interface HttpMode {
  /** The innermost layer: it makes requests conditional. */
  readonly layer: Layer;
  /** Called once, before the first call. */
  attach(
    deps: SingleFlightDeps,
    runner: CallRunner,
    stale: StaleResults | undefined,
    flights: SingleFlight,
  ): void;
  /**
   * Whether another request gets the result of a flight that is no new response: a value, or a stale response.
   * @param leader the request that was sent
   */
  isFor(result: unknown, leader: FetchRequest, other: FetchRequest): boolean;
  /** Answers a call whose method is cached: from the cache, or by a flight. */
  answer(call: Call, callOptions: CallOptions | undefined): unknown;
}
