import { StoredKind } from '../cache/entries.ts';
import { warn } from '../events/warn.ts';
import {
  discardBody,
  isStorable,
  isTooLarge,
  kindOf,
  type ResultKind,
  SharedResponse,
  UnsharedResult,
  withSignals,
} from '../http/results.ts';
import { isObject } from '../platform/property.ts';
import { systemClock } from '../time/clock.ts';
import { type Call, Outcome } from './call.ts';
import { type CallOptions, NO_SIGNALS } from './call-options.ts';
import type { CallRunner } from './call-runner.ts';
import type { SingleFlightDeps } from './deps.ts';
import { type Flight, haveCommon } from './flight.ts';
import { OutdatedResult } from './outdated-result.ts';
import { StaleResult, type StaleResults } from './stale-results.ts';
import type { StorageTerms } from './storage-rules.ts';

/** Ends flights: stores their results, gives each caller what it gets of them, and reports the end. */
export class FlightResults {
  readonly #deps: SingleFlightDeps;
  readonly #runner: CallRunner;
  readonly #stale: StaleResults | undefined;
  #hasWarned = false;
  #hasWarnedOfRules = false;

  constructor(deps: SingleFlightDeps, runner: CallRunner, stale: StaleResults | undefined) {
    this.#deps = deps;
    this.#runner = runner;
    this.#stale = stale;
  }

  /** Ends a flight with a result. Returns what its callers share. */
  succeed(flight: Flight, call: Call, value: unknown, kind: StoredKind): unknown {
    if (!flight.end()) {
      discardBody(value);
      return value;
    }
    let result = value;
    try {
      if (call.keyChanged) {
        const outdated = new OutdatedResult(call, value);
        this.#discardUntaken(flight, () => outdated.take());
        result = outdated;
      } else if (flight.flights) {
        // A stale result says nothing about what the function returns.
        const isStale = StaleResult.is(value);
        const resultKind = isStale ? 'plain' : kindOf(value);
        if (!isStale) this.#deps.returns.recordResult(value, resultKind !== 'plain');
        if (resultKind === 'plain') this.#store(flight, call, value, kind);
        else result = this.#share(flight, call, value, kind, resultKind);
      }
      const type = call.outcome === Outcome.FAILED ? 'failure' : 'success';
      this.reportEnd(type, flight, call, call.error);
    } catch (error) {
      // The function has answered: its callers get the result, and the key is free, whatever fails here.
      flight.detach();
      this.#warn(error);
    }
    return result;
  }

  /** Ends a flight with an error. */
  fail(flight: Flight, call: Call, error: unknown): void {
    // First, so that no flight stays attached.
    flight.detach();
    if (flight.end()) this.reportEnd('failure', flight, call, error);
  }

  reportEnd(type: 'success' | 'failure', flight: Flight, call: Call, error: unknown): void {
    const { reporter, stored } = this.#deps;
    if (flight.isPut) return;
    const { isBackground } = flight;
    if (isBackground && type === 'failure' && stored) stored.internals.counts.refreshErrors++;
    if (!reporter.hasListener(type)) return;
    const duration = (systemClock.read() - flight.started) / 1_000;
    const detail = isBackground ? { background: true as const } : undefined;
    reporter.report(type, call, { error, duration, detail });
  }

  /**
   * What one caller gets of a flight's result.
   * @param flight the flight that the caller leads or has joined
   * @param isLate the caller joined after the headers had arrived: if the body times out, its call may be made again
   */
  deliver(
    flight: Flight,
    result: unknown,
    call: Call,
    callOptions: CallOptions | undefined,
    isLate = false,
  ): unknown {
    const runner = this.#runner;
    // `result` may be the leader's own copy, or a stale result instead of the response that counts as a failure.
    let received = StaleResult.is(result) ? result : (flight.sharedResult ?? result);
    if (OutdatedResult.is(result)) {
      if (result.call !== call) return runner.restart(call, callOptions);
      received = result.take();
    }
    const runAlone = () => runner.runAlone(call.again(), callOptions) as Promise<unknown>;
    if (!this.isFor(flight, received, call)) return runAlone();
    if (StaleResult.is(received)) {
      const { entry, reason } = received;
      return entry && this.#stale?.give(entry, reason, call, callOptions, call.flight);
    }
    const signals = callOptions?.signals ?? NO_SIGNALS;
    const { cancellation } = call;
    if (SharedResponse.is(received)) {
      const restart = isLate ? () => runner.rejoin(call, callOptions) : undefined;
      return received.copy(signals, runAlone, call.hasRun, restart);
    }
    if (UnsharedResult.is(received)) {
      return received.take(signals, cancellation, call.hasRun && flight.hasLeader) ?? runAlone();
    }
    return withSignals(received, signals, cancellation);
  }

  /**
   * Discards a result for one caller if no caller takes it, such as one with cookies whose leader has left.
   * @param take returns the result once
   */
  #discardUntaken(flight: Flight, take: () => unknown): void {
    const received = Promise.allSettled([flight.promise, flight.whenReceived()]);
    void received.then(() => discardBody(take()));
  }

  /** Whether a call gets a result that came for the request of the flight's leader. */
  isFor({ request: leader }: Flight, result: unknown, { request }: Call): boolean {
    if (request === leader || !leader || !request) return true;
    const isShared = SharedResponse.is(result) || UnsharedResult.is(result);
    if (isShared && result.isFor) return result.isFor(request);
    return this.#deps.http?.isFor(result, leader, request) !== false;
  }

  /** Keeps a response for its callers while its body arrives, and any other result for one caller only. */
  #share(
    flight: Flight,
    call: Call,
    value: unknown,
    kind: StoredKind,
    resultKind: ResultKind,
  ): unknown {
    const { limit, responses } = this.#deps;
    let shared: SharedResponse | undefined;
    if (resultKind === 'response') {
      const response = value as Response;
      const { statuses, maxBodySize } = responses;
      const { request } = call;
      const isAccepted = () =>
        request && responses.accepts
          ? responses.accepts(response, request)
          : isStorable(response, statuses);
      shared = SharedResponse.share(response, {
        accepts: () => {
          if (!(call.storable && isAccepted())) this.#discard(flight, call);
          return request?.method === 'HEAD' || !isTooLarge(response, maxBodySize);
        },
        maxSize: maxBodySize,
        request: call.cancellation,
        isWanted: () => flight.isAttached,
        watch: limit && ((fail) => limit(call, flight.started, fail)),
        ended: (stored) => {
          const isValue = kind === StoredKind.VALUE;
          const storedKind = isValue ? StoredKind.RESPONSE : StoredKind.RESPONSE_PROMISE;
          try {
            if (stored) this.#store(flight, call, stored, storedKind);
            else if (shared?.isTooLarge) this.#discard(flight, call);
            else if (flight.isBackground && flight.isAttached && !flight.isPut) {
              this.#stale?.failRefresh(call.key);
            }
          } catch (error) {
            // The user's clock fails.
            this.#warn(error);
          } finally {
            if (!flight.session?.isStoring) flight.detach();
            if (flight.isBackground) shared?.releaseUnread();
          }
        },
      });
    } else if (!this.#hasWarned) {
      this.#hasWarned = true;
      this.#warn(new TypeError('it can be read only once, or cannot be inspected'));
    }
    const unshared = new UnsharedResult(value);
    const result = shared ?? unshared;
    flight.sharedResult = result;
    const { request } = call;
    try {
      if (request && resultKind === 'response') {
        result.isFor = responses.isFor?.(value as Response, request, call.storable);
      }
      if (shared) flight.setResponse(shared);
      else this.#discard(flight, call);
    } catch (error) {
      // The user's clock fails, or a getter. Callers still share no stream.
      flight.detach();
      result.isFor ??= () => false;
      this.#warn(error);
    }
    if (!shared) this.#discardUntaken(flight, () => unshared.take([], undefined, true));
    return flight.leaderHasPromise
      ? this.deliver(flight, value, call, undefined)
      : flight.sharedResult;
  }

  #store(flight: Flight, call: Call, value: unknown, kind: StoredKind): void {
    const { rules, stored } = this.#deps;
    let terms: StorageTerms | undefined;
    if (call.storable && flight.isAttached && stored) {
      try {
        const args = this.#argumentsOf(call);
        const { key, own, request } = call;
        terms = args && rules.termsOf(key, value, args, stored.internals, own, request);
      } catch (error) {
        if (!this.#hasWarnedOfRules) this.#warn(error);
        this.#hasWarnedOfRules = true;
      }
    }
    if (!terms) {
      this.#discard(flight, call);
      return;
    }
    const { session } = flight;
    if (!session) this.#commit(flight, call, value, kind, terms);
    else {
      session.store(value, terms, (ttlMs) =>
        this.#commit(flight, call, value, kind, { ...terms, ttlMs }),
      );
    }
  }

  #commit(flight: Flight, call: Call, value: unknown, kind: StoredKind, terms: StorageTerms): void {
    // Detached before listeners of the cache run: they find the result stored, and no flight.
    if (!flight.detach()) return;
    const { ttlMs, tags, weight } = terms;
    if (tags && flight.fenced && haveCommon(tags, flight.fenced)) return;
    try {
      this.#deps.stored?.internals.put(call.key, terms.value ?? value, ttlMs, kind, tags, weight);
    } catch (error) {
      // There is no memory, or the clock fails: the callers get their result.
      this.#warn(error);
    }
  }

  /**
   * The arguments for the functions that decide how a result is stored: those of the call. `undefined` if the caller has
   * changed them since, so that they belong to another key.
   */
  #argumentsOf({ thisArg, args, key, request, own }: Call): readonly unknown[] | undefined {
    const { rules, keys } = this.#deps;
    if (!rules.asks || own) return args;
    if (request) {
      const [url, ...rest] = args;
      return url instanceof URL ? [new URL(request.url), ...rest] : args;
    }
    if (!args.some(isObject)) return args;
    const current = keys.keyOf(thisArg, args);
    return current === key || Object.is(current, key) ? args : undefined;
  }

  /** Ends a flight whose result is not stored. The stored result that a success has replaced is removed. */
  #discard(flight: Flight, call: Call): void {
    const isSuccess = call.outcome === Outcome.PLAIN;
    if (isSuccess && flight.isAttached) flight.session?.discard?.();
    const wasAttached = flight.detach();
    // The flight found nothing fresh, or was to replace it: what is stored is outdated.
    if (wasAttached && isSuccess) this.#deps.stored?.internals.invalidate(call.key);
  }

  #warn(error: unknown): void {
    warn(`A result of ${this.#deps.reporter.functionName} could not be stored`, error);
  }
}
