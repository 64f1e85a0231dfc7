import { startHeartbeat, watchLeader } from '#leader-liveness';
import { StoredKind } from '../cache/entries.ts';
import { isObject } from '../platform/property.ts';
import { isThenable, whenSettled } from '../platform/thenable.ts';
import type { Call } from './call.ts';
import { type CallOptions, NO_SIGNALS } from './call-options.ts';
import type { SingleFlightDeps, StoredResults } from './deps.ts';
import { Flight } from './flight.ts';
import { FlightResults } from './flight-results.ts';
import type { KeyGroups } from './key-groups.ts';
import { OutdatedResult } from './outdated-result.ts';
import { type StaleEntry, StaleResult, type StaleResults } from './stale-results.ts';

/** The answer of {@link CallRunner.refresh} where there is no new result at once. */
export const NO_RESULT: unique symbol = /* @__PURE__ */ Symbol('no result');

/** Runs the calls that are not answered from the cache: each joins the flight of its key, or leads a new one. */
export class CallRunner {
  readonly #deps: SingleFlightDeps;
  readonly #groups: KeyGroups;
  readonly #results: FlightResults;
  /** Absent if the cache keeps no stale results. */
  readonly #stale: StaleResults | undefined;
  /** Makes a call again, with the key that its arguments have then. */
  readonly restart: (call: Call, callOptions: CallOptions | undefined) => unknown;

  constructor(
    deps: SingleFlightDeps,
    groups: KeyGroups,
    stale: StaleResults | undefined,
    restart: (call: Call, callOptions: CallOptions | undefined) => unknown,
  ) {
    this.#deps = deps;
    this.#groups = groups;
    this.#stale = stale;
    this.#results = new FlightResults(deps, this, stale);
    this.restart = restart;
  }

  /** Runs a call that neither joins a flight nor is joined. */
  runAlone(call: Call, callOptions: CallOptions | undefined): unknown {
    const flight = new Flight(true);
    call.flight = flight.id;
    return this.#lead(flight, call, callOptions);
  }

  /**
   * @param isMissing nothing is stored for the key that the caller may have
   * @param stale the stale entry that may replace a failure
   */
  joinOrLead(call: Call, callOptions?: CallOptions, isMissing = true, stale?: StaleEntry): unknown {
    const { reporter, returns } = this.#deps;
    const flight = this.flightOf(call.key);
    if (!flight) return this.#startFlight(call, callOptions, isMissing, stale);
    // The call on the stack below cannot return before this one does.
    if (!flight.promise && !returns.isAsync) {
      throw reporter.reentrant('recursively with the same key');
    }
    // The flight of another wrapper of the function, which returns Promises.
    if (returns.isSync) return this.runAlone(call, callOptions);
    if (callOptions?.refresh && !flight.isRefresh) {
      if (!flight.isBackground || flight.isPut)
        return this.#startFlight(call, callOptions, isMissing, stale);
      flight.isRefresh = true;
    }
    return this.#join(flight, call, callOptions, stale);
  }

  /** The flight of a key that callers may join. One that no longer counts as under way is detached. */
  flightOf(key: unknown): Flight | undefined {
    const flight = this.#deps.stored?.flights.get(key);
    if (!flight) return undefined;
    const mayJoin = !(flight.isLost || flight.isClosed || flight.session?.mayBeOld);
    if (mayJoin && this.#stale?.isUnderWay(flight) !== false) return flight;
    flight.detach();
    return undefined;
  }

  #join(
    flight: Flight,
    call: Call,
    callOptions: CallOptions | undefined,
    stale: StaleEntry | undefined,
  ): unknown {
    flight.flights?.join();
    call.flight = flight.id;
    flight.call?.keepAlive();
    const promise = flight.addWaiter();
    this.#deps.reporter.report('cache_coalesced', call);
    const result = this.#wait(flight, promise, call, callOptions, stale);
    const restart = () => this.restart(call, callOptions);
    return watchLeader(flight, result, restart) ?? result;
  }

  /**
   * Stores a response, or any other result that needs care, as if the function had returned it now. With a second tier,
   * returns a Promise for the result in that tier.
   * @param kind as the function returns its results
   */
  put(call: Call, value: unknown, kind: StoredKind): Promise<void> | undefined {
    // The old result never returns, whether or not the new one can be stored.
    this.#deps.stored?.internals.invalidate(call.key, 'replace');
    const flight = this.#newFlight(call, false, false);
    flight.isPut = true;
    flight.tags = call.own?.tags ?? flight.tags;
    // No caller has to read the body.
    flight.isBackground = true;
    const stored = this.#deps.tier?.startPut(call, flight);
    const result = this.#results.succeed(flight, call, value, kind);
    flight.settle(Promise.resolve(result));
    flight.isLeading = false;
    return stored;
  }

  /**
   * Runs the function in the background, to replace a stale result. Returns the new result if the function is
   * synchronous, else {@link NO_RESULT}. Never throws.
   */
  refresh(call: Call): unknown {
    const { reporter, stored } = this.#deps;
    (stored as StoredResults).internals.counts.refreshes++;
    const flight = this.#newFlight(call, false, false);
    flight.isBackground = call.isBackground = true;
    call.waited ||= this.#hasListener('cache_refresh');
    this.#stale?.guard(flight, call);
    try {
      reporter.report('cache_refresh', call);
      return this.#lead(flight, call, undefined);
    } catch {
      // Only of a synchronous function. It was reported.
      return NO_RESULT;
    } finally {
      flight.isLeading = false;
    }
  }

  #startFlight(
    call: Call,
    callOptions: CallOptions | undefined,
    isMissing: boolean,
    stale: StaleEntry | undefined,
  ): unknown {
    const { reporter, returns, stored, keys } = this.#deps;
    call.waited ||= this.#hasListener(isMissing && 'cache_miss');
    // An entry may become stale while it is refreshed. Callers that may get a stale result do not share a Promise.
    // The second tier may have a stale result.
    const guarded = stale || !isMissing || this.#deps.tier ? this.#stale : undefined;
    // Only equal callers share a Promise: one of them may have to make a call of its own, with its own arguments.
    const mayDiffer =
      returns.neverResponse === undefined && (keys.custom || call.args.some(isObject));
    const plain = guarded || mayDiffer ? false : returns.neverResponse;
    const flight = this.#newFlight(call, plain, isMissing && !stale);
    flight.isRefresh = Boolean(callOptions?.refresh);
    guarded?.guard(flight, call);
    try {
      if (isMissing) {
        (stored as StoredResults).internals.missCount++;
        reporter.report('cache_miss', call);
      }
      return this.#lead(flight, call, callOptions, stale);
    } finally {
      // An assignment, not a call: there may be no stack left for one.
      flight.isLeading = false;
    }
  }

  /** Whether a listener is called before the function is: it may change the arguments. */
  #hasListener(type: 'cache_miss' | 'cache_refresh' | false): boolean {
    const { reporter } = this.#deps;
    return (type && reporter.hasListener(type)) || reporter.hasListener('circuit_half_open');
  }

  /** @param plain see {@link Flight.plain} */
  #newFlight(call: Call, plain: boolean | undefined, isMissing: boolean): Flight {
    const { stored, waits, keys, rules } = this.#deps;
    const { key, request } = call;
    // A request is a copy, made at the call; the user's own function has made its key then.
    const isFixed = request !== undefined && keys.custom;
    const mayChange =
      !isFixed && (waits || call.waited) && (request?.mayChange || call.args.some(isObject));
    // Waiters of a call whose arguments may change do not share its Promise: they may have to start over.
    const flight = new Flight(mayChange ? false : plain, key, stored?.flights, isMissing);
    flight.tags = rules.tags;
    if (mayChange) call.verifyKey = () => this.#verifyKey(flight, call);
    call.flight = flight.id;
    call.leads = flight;
    flight.request = request;
    this.#groups.add(key, request);
    return flight;
  }

  /** Called before the function runs after a wait. If the arguments have another key by then, detaches the flight. */
  #verifyKey(flight: Flight, call: Call): void {
    let isSame = false;
    try {
      const key = this.#deps.keys.keyOf(call.thisArg, call.args, call.request);
      isSame = key === call.key || Object.is(key, call.key);
    } finally {
      if (!isSame) {
        call.keyChanged = true;
        call.storable = false;
        flight.detach();
      }
    }
  }

  /** Runs the pipeline. A result that is no Promise is returned at once. */
  #lead(
    flight: Flight,
    call: Call,
    callOptions: CallOptions | undefined,
    stale?: StaleEntry,
  ): unknown {
    const { pipeline, returns } = this.#deps;
    const results = this.#results;
    let result: unknown;
    let isPromise: boolean;
    try {
      result = pipeline(call, flight.cancellation);
      call.waited = true;
      isPromise = isThenable(result);
      result = isPromise
        ? whenSettled(
            result,
            (value) => results.succeed(flight, call, value, this.#kindOf(call)),
            (error) => {
              results.fail(flight, call, error);
              if (call.keyChanged) return new OutdatedResult(call, undefined, { error });
              throw error;
            },
          )
        : results.succeed(flight, call, result, StoredKind.VALUE);
    } catch (error) {
      results.fail(flight, call, error);
      flight.resolve?.(Promise.reject(error));
      if (flight.isBackground) throw error;
      if (!call.hasRun) return returns.refuse(error);
      if (returns.isAsync) return Promise.reject(error);
      throw error;
    }
    if (!isPromise) {
      flight.resolve?.(result);
      if (StaleResult.is(result)) {
        return flight.isBackground ? NO_RESULT : results.deliver(flight, result, call, callOptions);
      }
      const value = results.deliver(flight, result, call, callOptions);
      // A fallback's value is returned if the error that it replaces would have been thrown, else as a Promise.
      const isAsync = returns.isAsync || !(call.hasRun || returns.throwsSync);
      return isAsync ? Promise.resolve(value) : value;
    }
    const promise = flight.settle(result as Promise<unknown>);
    if (flight.flights) startHeartbeat(flight, promise);
    if (flight.isBackground) {
      promise.catch(() => {});
      this.#stale?.extendRequest(flight);
      return NO_RESULT;
    }
    return this.#wait(flight, promise, call, callOptions, stale);
  }

  /** The kind of a result that came in a Promise. Another wrapper of the function may return its values as they are. */
  #kindOf({ isSync }: Call): StoredKind {
    return isSync && this.#deps.stored?.named ? StoredKind.VALUE : StoredKind.PROMISE;
  }

  /** @param stale the stale entry that the caller may get instead */
  #wait(
    flight: Flight,
    result: Promise<unknown>,
    call: Call,
    callOptions: CallOptions | undefined,
    stale: StaleEntry | undefined,
  ): Promise<unknown> {
    const results = this.#results;
    const mayBeStale = stale ?? (this.#deps.tier && flight.isGuarded);
    const promise = mayBeStale && !callOptions?.refresh ? flight.orStale(result) : result;
    let receive = (result: unknown) => results.deliver(flight, result, call, callOptions);
    const { response } = flight;
    if (response && results.isFor(flight, response, call)) {
      // The copy counts as a reader from now on: the body keeps arriving when other readers leave.
      const copy = results.deliver(flight, response, call, callOptions, true);
      receive = () => copy;
    }
    const { signals = NO_SIGNALS } = callOptions ?? {};
    if (signals.length === 0) return flight.waitForResult(promise, receive);
    return flight.waitWithSignals(signals, promise, receive, (error) =>
      results.reportEnd('failure', flight, call, error),
    );
  }

  /** Makes a call again: joins the flight of its key, or leads a new one. */
  async rejoin(call: Call, callOptions: CallOptions | undefined): Promise<unknown> {
    // What was known of the stored response may have changed since.
    if (this.#deps.http) return this.restart(call, callOptions);
    return this.joinOrLead(call.again(), callOptions, !this.#deps.stored?.internals.find(call.key));
  }
}
