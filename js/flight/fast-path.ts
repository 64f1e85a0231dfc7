import { canLeaderDie } from '#leader-liveness';
import { type Entries, StoredKind } from '../cache/entries.ts';
import { isOwnKey } from '../keys/make-key.ts';
import { Call } from './call.ts';
import type { CallRunner } from './call-runner.ts';
import type { SingleFlightDeps, StoredResults } from './deps.ts';
import { isHit, presentStored, promiseOf } from './stored-result.ts';

/** The answer of {@link FastPath.tryHit} when the general path has to answer. */
export const NOT_HANDLED: unique symbol = /* @__PURE__ */ Symbol('not handled');

/** Answers the most frequent calls: with one argument that is its own key, and no listener for the event. */
export class FastPath {
  readonly #deps: SingleFlightDeps;
  readonly #runner: CallRunner;
  /** Absent where an argument is never its own key. */
  readonly #entries: Entries<unknown> | undefined;

  constructor(deps: SingleFlightDeps, runner: CallRunner) {
    this.#deps = deps;
    this.#runner = runner;
    const ownKeys = deps.keys.plain && !deps.readRequest;
    this.#entries = ownKeys ? deps.stored?.entries : undefined;
  }

  /**
   * The stored result for the argument, or the Promise of its flight, or that of a new flight. {@link NOT_HANDLED},
   * without side effects, when the general path is needed.
   */
  tryHit(argument: unknown): unknown {
    const entries = this.#entries;
    const { reporter } = this.#deps;
    if (entries === undefined || !isOwnKey(argument) || reporter.hasListener('cache_hit')) {
      return NOT_HANDLED;
    }
    const { flights, internals } = this.#deps.stored as StoredResults;
    let flight = flights.sole;
    if (flight === undefined || flight.key !== argument) {
      let value: unknown;
      let isStored: boolean;
      try {
        value = entries.hit(argument);
        isStored = value !== undefined || isHit(internals, argument);
      } catch {
        // The cache is disposed of. The general path throws or rejects, as its callers expect.
        return NOT_HANDLED;
      }
      if (isStored) {
        value ??= entries.valueAt(entries.slot);
        const { kind } = entries;
        if (kind === StoredKind.PROMISE) return promiseOf(value);
        if (kind === StoredKind.VALUE) return value;
        return presentStored(value, entries.kindAt(entries.slot), this.#deps.returns);
      }
      // The general path looks for a stale result.
      if (entries.staleMs > 0) return NOT_HANDLED;
      flight = flights.get(argument);
    }
    if (!flight?.joinable || canLeaderDie() || reporter.hasListener('cache_coalesced')) {
      if (reporter.isReentrant()) return NOT_HANDLED;
      return this.#runner.joinOrLead(new Call(undefined, [argument], argument));
    }
    flights.join();
    return flight.join();
  }
}
