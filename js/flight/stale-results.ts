import { isLeaderGone } from '#leader-liveness';
import type { StoredKind } from '../cache/entries.ts';
import { warn } from '../events/warn.ts';
import { discardBody, retryAfter } from '../http/results.ts';
import { decideAbout } from '../options/error-filter.ts';
import { isObject, readProperty } from '../platform/property.ts';
import type { Call } from './call.ts';
import type { CallOptions } from './call-options.ts';
import type { SingleFlightDeps, StoredResults } from './deps.ts';
import type { Flight } from './flight.ts';
import { presentStored } from './stored-result.ts';

/** What a function does with its stale results, apart from how long they are kept. */
export interface StaleRules {
  /** Whether a stale result may replace a failure: an error, or a result that counts as one. */
  covers(failure: unknown): boolean;
  /** The longest wait for a new result if a stale one could replace a failure; milliseconds. */
  readonly slowMs: number | undefined;
  /** After a failure, the time without another run; milliseconds. */
  readonly backoffMs: number;
  /** A refresh counts as under way for this long; milliseconds. */
  readonly refreshMs: number;
  readonly waitUntil: ((promise: Promise<unknown>) => void) | undefined;
  /** The windows of one stale result; absent if those of the cache apply. */
  readonly windowsOf: ((value: unknown) => StaleWindows) | undefined;
}

/** How long after its ttl a stale result may be returned, in milliseconds. */
export interface StaleWindows {
  /** While it is refreshed. */
  readonly whileRevalidateMs: number;
  /** Instead of a failure. */
  readonly ifErrorMs: number;
}

/** Why a caller gets a stale result. */
export type StaleReason = 'revalidate' | 'error' | 'slow';

/** A stale entry. */
export interface StaleEntry {
  readonly slot: number;
  readonly value: unknown;
  readonly kind: StoredKind;
  /** Milliseconds since its ttl was over. */
  readonly ageMs: number;
  readonly windows: StaleWindows;
  /** Whether the last run failed a short time ago, so that there is no other run now. */
  readonly isPaused: boolean;
}

/** The result of a flight whose callers get a stale result; absent if no caller waits. */
export class StaleResult {
  readonly #isOwn = true;
  readonly entry: StaleEntry | undefined;
  readonly reason: StaleReason;

  constructor(entry: StaleEntry | undefined, reason: StaleReason) {
    this.entry = entry;
    this.reason = reason;
  }

  /** Unlike `instanceof`, this asks no Proxy of the user. */
  static is(value: unknown): value is StaleResult {
    return isObject(value) && #isOwn in value;
  }
}

/** Finds and returns the stale results of one function, and decides when they replace a failure. */
export class StaleResults {
  readonly rules: StaleRules;
  readonly #deps: SingleFlightDeps;
  readonly #stored: StoredResults;

  constructor(deps: SingleFlightDeps, stored: StoredResults, rules: StaleRules) {
    this.#deps = deps;
    this.#stored = stored;
    this.rules = rules;
  }

  /** The stale entry for a key; `undefined` if there is none. */
  find(key: unknown): StaleEntry | undefined {
    const { internals, entries } = this.#stored;
    if (!entries.index.has(key)) return undefined;
    const now = internals.readTime();
    const slot = internals.find(key);
    if (slot === 0 || entries.isFresh(slot, now)) return undefined;
    const value = entries.valueAt(slot);
    const ageMs = now - entries.freshUntil(slot);
    const windows = this.rules.windowsOf?.(value) ?? internals.settings;
    const isPausing = now < (internals.pausedUntil.get(slot) ?? -Infinity);
    return {
      slot,
      value,
      kind: entries.kindAt(slot),
      ageMs,
      windows,
      isPaused: isPausing && ageMs <= Math.max(windows.whileRevalidateMs, windows.ifErrorMs),
    };
  }

  /** Whether a stale entry is returned while it is refreshed. */
  isReturnedAtOnce({ ageMs, windows }: StaleEntry): boolean {
    return ageMs <= windows.whileRevalidateMs;
  }

  /** Whether the leader of a flight lives, and the flight does not hang. */
  isUnderWay(flight: Flight): boolean {
    if (isLeaderGone(flight)) return false;
    return !flight.isBackground || this.#stored.internals.timeIfAny() < flight.overdueAt;
  }

  /** What a caller gets of a stale entry. @param flight the number of its flight, 0 if there is none */
  give(
    { value, kind, ageMs, slot }: StaleEntry,
    reason: StaleReason,
    { key }: Call,
    callOptions: CallOptions | undefined,
    flight = 0,
  ): unknown {
    const { reporter, returns } = this.#deps;
    const { internals, entries } = this.#stored;
    internals.counts.stale++;
    // A hit, if it is given while the function runs; the entry may have left since it was found.
    const isPresent = entries.index.has(key) && entries.index.get(key) === slot;
    if (isPresent) entries.use(slot);
    if (isPresent !== (reason === 'revalidate')) internals.otherTicks += isPresent ? 1 : -1;
    const detail = { reason, age: Math.max(ageMs, 0) / 1_000 };
    reporter.report('cache_stale', { key, flight }, { detail });
    return presentStored(value, kind, returns, callOptions?.signals);
  }

  /** Prepares a flight of a key with a stale entry. The clock was read just now. */
  guard(flight: Flight, call: Call): void {
    const { slowMs, refreshMs } = this.rules;
    flight.isGuarded = true;
    flight.call = call;
    flight.overdueAt = this.#stored.internals.lastTime + refreshMs;
    call.standIn = (failure) => this.#standIn(flight, call, failure);
    if (slowMs === undefined) return;
    flight.early = new Promise((resolve) => {
      try {
        const end = () => this.#endWait(flight, resolve);
        flight.slowTimer = call.startTimer(end, slowMs);
      } catch {
        // Workers refuse timers outside of a request. Callers wait for the result.
      }
    });
  }

  /** Called with a failure of a guarded flight. Returns what its callers get instead; `undefined` for the failure. */
  #standIn(flight: Flight, call: Call, failure: unknown): StaleResult | undefined {
    const { internals } = this.#stored;
    const { rules } = this;
    const { key } = flight;
    const hasStale = !call.keyChanged && this.find(key) !== undefined;
    let entry: StaleEntry | undefined;
    if (hasStale) {
      if (decideAbout(failure, () => rules.covers(failure))) {
        // Found again: the user's predicate may have changed the cache.
        entry = this.find(key);
        if (entry && flight.isAttached) this.#pause(entry, failure);
        if (entry && entry.ageMs > entry.windows.ifErrorMs) entry = undefined;
      } else if (flight.isBackground && flight.isAttached) {
        flight.session?.discard?.();
        internals.invalidate(key);
      }
    }
    const result = new StaleResult(entry, 'error');
    // The user's predicate may have made a call that joined.
    const isUnseen = flight.isBackground && !flight.isJoined;
    if (!isUnseen && (entry === undefined || flight.isRefresh)) {
      if (entry) flight.replacement = result;
      return undefined;
    }
    discardBody(failure);
    // The failure is gone: a call that would join the refresh from now on leads a new flight.
    flight.overdueAt = -Infinity;
    return result;
  }

  /** The body of a refresh has broken off, after its headers had arrived. */
  failRefresh(key: unknown): void {
    this.#stored.internals.counts.refreshErrors++;
    const stale = this.find(key);
    if (stale) this.#pause(stale, undefined);
  }

  /** There is no other run for some time. */
  #pause({ slot }: StaleEntry, failure: unknown): void {
    const { internals } = this.#stored;
    const pauseMs = Math.max(this.rules.backoffMs, retryAfterOf(failure));
    internals.pausedUntil.set(slot, internals.readTime() + pauseMs);
  }

  /**
   * The flight has taken too long: its callers get the stale result, except those that asked for a refresh. It goes on as
   * a refresh.
   */
  #endWait(flight: Flight, answer: (result: StaleResult) => void): void {
    // A fake timer may run synchronously. While the leader starts, the flight cannot become a refresh: it would get no Promise.
    if (flight.isLeading) return;
    let entry: StaleEntry | undefined;
    try {
      entry = flight.isAttached ? this.find(flight.key) : undefined;
    } catch {
      // The user's clock fails. Callers wait for the result.
    }
    if (!entry || entry.ageMs > entry.windows.ifErrorMs) return;
    flight.isSlow = true;
    answer(new StaleResult(entry, 'slow'));
    if (flight.isRefresh || flight.isBackground) return;
    flight.isBackground = true;
    flight.call?.goToBackground();
    this.#stored.internals.counts.refreshes++;
    this.extendRequest(flight);
  }

  /** Tells the host to go on until a flight in the background is done. */
  extendRequest(flight: Flight): void {
    const { waitUntil } = this.rules;
    if (!waitUntil) return;
    const done = new Promise<void>((resolve) => {
      flight.onDone = resolve;
    });
    const fail = (error: unknown) => warn('waitUntil failed', error);
    try {
      const result: unknown = waitUntil(done);
      if (isObject(result)) Promise.resolve(result).catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}

/** The time in milliseconds for which a failure asks; 0 if it asks for none. */
function retryAfterOf(failure: unknown): number {
  try {
    const seconds = readProperty(Object(failure) as object, 'retryAfter');
    return Number(seconds) > 0 ? Number(seconds) * 1_000 : (retryAfter(failure) ?? 0);
  } catch {
    return 0;
  }
}
