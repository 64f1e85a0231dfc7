import { startHeartbeat, watchLeader } from '#leader-liveness';
import { StoredKind } from '../cache/entries.ts';
import { isObject } from '../platform/property.ts';
import { isThenable } from '../platform/thenable.ts';
import type { Call } from './call.ts';
import { type CallOptions, NO_SIGNALS } from './call-options.ts';
import type { SingleFlightDeps, StoredResults } from './deps.ts';
import { Flight } from './flight.ts';
import { FlightResults } from './flight-results.ts';
import type { KeyGroups } from './key-groups.ts';
import { OutdatedResult } from './outdated-result.ts';

/** Runs the calls that are not answered from the cache: each joins the flight of its key, or leads a new one. */
export class CallRunner {
  readonly #deps: SingleFlightDeps;
  readonly #groups: KeyGroups;
  readonly #results: FlightResults;
  /** Makes a call again, with the key that its arguments have then. */
  readonly restart: (call: Call, callOptions: CallOptions | undefined) => unknown;

  constructor(
    deps: SingleFlightDeps,
    groups: KeyGroups,
    restart: (call: Call, callOptions: CallOptions | undefined) => unknown,
  ) {
    this.#deps = deps;
    this.#groups = groups;
    this.#results = new FlightResults(deps, this);
    this.restart = restart;
  }

  /** Runs a call that neither joins a flight nor is joined. */
  runAlone(call: Call, callOptions: CallOptions | undefined): unknown {
    return this.#lead(new Flight(true), call, callOptions);
  }

  /** @param isMissing nothing is stored for the key */
  joinOrLead(call: Call, callOptions?: CallOptions, isMissing = true): unknown {
    const { reporter, returns, stored } = this.#deps;
    const { flights } = stored as StoredResults;
    let flight = flights.get(call.key);
    if (flight?.isLost) {
      flight.detach();
      flight = undefined;
    }
    if (!flight) return this.#startFlight(call, callOptions, isMissing);
    // The call on the stack below cannot return before this one does.
    if (!flight.promise && !returns.isAsync) {
      throw reporter.reentrant('recursively with the same key');
    }
    if (callOptions?.refresh && !flight.isRefresh) {
      return this.#startFlight(call, callOptions, isMissing);
    }
    return this.#join(flight, call, callOptions);
  }

  #join(flight: Flight, call: Call, callOptions: CallOptions | undefined): unknown {
    flight.flights?.join();
    const promise = flight.addWaiter();
    this.#deps.reporter.report('cache_coalesced', { key: call.key });
    const result = this.#wait(flight, promise, call, callOptions);
    const restart = () => this.restart(call, callOptions);
    return watchLeader(flight, result, restart) ?? result;
  }

  #startFlight(call: Call, callOptions: CallOptions | undefined, isMissing: boolean): unknown {
    const { reporter, returns, stored, waits, keys } = this.#deps;
    const { internals, flights } = stored as StoredResults;
    const { key, request } = call;
    // A listener may change the arguments.
    call.waited ||= isMissing && reporter.hasListener('cache_miss');
    // A request is a copy, made at the call; the user's own function has made its key then.
    const isFixed = request !== undefined && keys.custom;
    const mayChange =
      !isFixed && (waits || call.waited) && (request?.mayChange || call.args.some(isObject));
    // Waiters of a call whose arguments may change do not share its Promise: they may have to start over.
    const flight = new Flight(mayChange ? false : returns.neverResponse, key, flights, isMissing);
    flight.isRefresh = Boolean(callOptions?.refresh);
    if (mayChange) call.verifyKey = () => this.#verifyKey(flight, call);
    this.#groups.add(key, request);
    try {
      if (isMissing) {
        internals.missCount++;
        reporter.report('cache_miss', { key });
      }
      return this.#lead(flight, call, callOptions);
    } finally {
      // An assignment, not a call: there may be no stack left for one.
      flight.isLeading = false;
    }
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
  #lead(flight: Flight, call: Call, callOptions: CallOptions | undefined): unknown {
    const { pipeline, returns } = this.#deps;
    const results = this.#results;
    let result: unknown;
    let isPromise: boolean;
    try {
      result = pipeline(call, flight.cancellation);
      call.waited = true;
      isPromise = isThenable(result);
      if (!isPromise) result = results.succeed(flight, call, result, StoredKind.VALUE);
    } catch (error) {
      results.fail(flight, call, error);
      flight.resolve?.(Promise.reject(error));
      if (!call.hasRun) return returns.refuse(error);
      if (returns.isAsync) return Promise.reject(error);
      throw error;
    }
    if (!isPromise) {
      flight.resolve?.(result);
      const value = results.deliver(result, call, callOptions);
      // A fallback's value is returned if the error that it replaces would have been thrown, else as a Promise.
      const isAsync = returns.isAsync || !(call.hasRun || returns.throwsSync);
      return isAsync ? Promise.resolve(value) : value;
    }
    const promise = flight.settle(
      Promise.resolve(result).then(
        (value) => results.succeed(flight, call, value, StoredKind.PROMISE),
        (error) => {
          results.fail(flight, call, error);
          if (call.keyChanged) return new OutdatedResult(call, undefined, { error });
          throw error;
        },
      ),
    );
    if (flight.flights) startHeartbeat(flight, promise);
    return this.#wait(flight, promise, call, callOptions);
  }

  #wait(
    flight: Flight,
    promise: Promise<unknown>,
    call: Call,
    callOptions: CallOptions | undefined,
  ): Promise<unknown> {
    const results = this.#results;
    let receive = (result: unknown) => results.deliver(result, call, callOptions);
    if (flight.response) {
      // The copy counts as a reader from now on: the body keeps arriving when other readers leave.
      const copy = results.deliver(flight.response, call, callOptions, true);
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
    return this.joinOrLead(call.again(), callOptions, !this.#deps.stored?.cache.has(call.key));
  }
}
