import { StaleEntriesModel } from './stale-entries-model.js';
import { StaleFlightsModel } from './stale-flights-model.js';

const NO_COUNTS = { hits: 0, misses: 0, coalesced: 0, stale: 0, refreshes: 0, refreshErrors: 0 };

/**
 * A simple model of a cached function that returns stale values: the outcome of every caller, the runs, the entries, the
 * counters and the events. Times are milliseconds.
 */
export class StaleFlightModel {
  entries;
  callers = [];
  /** `[type, key, flight, detail, error]` of each event, in order. */
  events = [];
  /** How often the host was told to wait for a run in the background. */
  extensions = 0;
  #counts = { ...NO_COUNTS };
  #config;
  #outcomeOf;
  #flights;
  /** The flights whose run has settled, with callers that have not been notified yet. */
  #settled = [];

  /**
   * @param config `ttl`: milliseconds or 'by result'; `tags`: a list or 'by result'; `whileRevalidate`, `ifError`,
   * `slow`, `backoff`: milliseconds; `covers(error)`; `sync`
   * @param outcomeOf `{ value }` or `{ error }` of the nth run
   */
  constructor(config, outcomeOf) {
    const { maxSize, whileRevalidate, ifError } = config;
    this.entries = new StaleEntriesModel(maxSize, Math.max(whileRevalidate, ifError));
    this.#flights = new StaleFlightsModel(config);
    this.#config = config;
    this.#outcomeOf = outcomeOf;
  }

  /** The flight of each run of the function. */
  get runs() {
    return this.#flights.all;
  }

  /** The number of flights that will have been too slow at some time. */
  get slowTimers() {
    return this.runs.filter(({ slowAt, isOver }) => slowAt < Infinity && !isOver).length;
  }

  get stats() {
    const { evictions, expirations, all } = this.entries;
    return { ...this.#counts, evictions, expirations, size: all.length };
  }

  /** @param signal any object; `abort` takes the same one */
  call(key, { signal, refresh = false }) {
    const { now } = this.entries;
    const caller = { state: 'pending' };
    this.callers.push(caller);
    if (signal?.aborted) return settle(caller, { error: signal.reason });
    const entry = this.entries.find(key);
    if (entry && !refresh && this.entries.isFresh(entry)) {
      this.#counts.hits++;
      this.entries.use(entry);
      this.#log('cache_hit', { key });
      return settle(caller, { value: entry.value });
    }
    const hasStale = entry !== undefined;
    let flight = this.#flights.underWay(key, now);
    if (entry && !refresh && this.#answerStale(caller, entry, flight)) return;
    // A refresh joins another refresh, and supersedes any other flight.
    if (flight && (!refresh || flight.isRefresh || flight.isBackground)) {
      this.#counts.coalesced++;
      this.#log('cache_coalesced', flight);
      flight.isRefresh ||= refresh;
    } else {
      flight = this.#flights.start(key, now, { isRefresh: refresh, hasStale });
      if (!(entry && refresh)) {
        this.#counts.misses++;
        this.#log('cache_miss', flight);
      }
    }
    flight.waiting.push({ caller, signal, hadStale: hasStale && !refresh });
    if (this.#config.sync) this.#end(flight);
  }

  /** Answers a caller from a stale entry, if it need not wait for a flight. */
  #answerStale(caller, entry, flight) {
    const stale = this.#describe(entry);
    const isPaused = this.entries.isPaused(entry);
    if (stale.age <= this.#config.whileRevalidate) {
      const result = flight || isPaused ? undefined : this.#refresh(entry.key);
      if (result) return settle(caller, result);
      this.#counts.hits++;
      return this.#give(caller, stale, 'revalidate');
    }
    if (isPaused) return this.#give(caller, stale, 'error');
    return flight?.isSlow ? this.#give(caller, stale, 'slow', flight) : false;
  }

  /** Starts a run that no caller waits for. Returns the result of a synchronous function. */
  #refresh(key) {
    this.#counts.refreshes++;
    const flight = this.#flights.start(key, this.entries.now, {
      isBackground: true,
      hasStale: true,
    });
    this.#log('cache_refresh', flight);
    if (!this.#config.sync) {
      this.extensions++;
      return undefined;
    }
    const outcome = this.#end(flight);
    return 'value' in outcome ? outcome : undefined;
  }

  /** The function has settled its nth run; no caller has been notified yet. */
  settle(run) {
    this.#settled.push(this.runs[run]);
  }

  /** All promises have settled. */
  drain() {
    for (const flight of this.runs) {
      for (const { caller, early } of flight.waiting) {
        if (!early) continue;
        flight.hasAnswered = true;
        this.#give(caller, early, 'slow', flight);
      }
      flight.waiting = flight.waiting.filter(({ early }) => !early);
    }
    for (const flight of this.#settled.splice(0)) this.#end(flight);
  }

  #end(flight) {
    const outcome = this.#outcomeOf(flight.run);
    // The last caller has left.
    if (flight.isOver) return outcome;
    const isAttached = this.#flights.end(flight);
    if ('value' in outcome) this.#succeed(flight, isAttached, outcome.value);
    else this.#fail(flight, isAttached, outcome.error);
    return outcome;
  }

  #succeed(flight, isAttached, value) {
    if (isAttached) {
      const terms = this.#termsOf(value);
      // That of a refresh may be fresh.
      const replaced = this.entries.find(flight.key);
      if (!terms) {
        if (replaced) this.entries.remove(replaced, 'invalidate');
      } else if (!terms.tags.some((tag) => flight.fence.has(tag))) {
        this.entries.store(flight.key, value, terms.life, terms.tags);
      }
    }
    this.#log('success', flight, detailOf(flight));
    for (const { caller } of flight.waiting.splice(0)) settle(caller, { value });
  }

  #fail(flight, isAttached, error) {
    const { backoff, ifError, covers } = this.#config;
    const entry = this.entries.findStale(flight.key);
    const stale = entry && this.#describe(entry);
    if (isAttached && entry && covers(error)) {
      const pause = Math.max(backoff, (error.retryAfter ?? 0) * 1_000);
      entry.pausedUntil = this.entries.now + pause;
    } else if (isAttached && entry && flight.isBackground) {
      this.entries.remove(entry, 'invalidate');
    }
    if (flight.isBackground) this.#counts.refreshErrors++;
    this.#log('failure', flight, detailOf(flight), error);
    const standsIn = stale && covers(error) && stale.age <= ifError;
    for (const { caller, hadStale } of flight.waiting.splice(0)) {
      // Calls with `refresh` get no stale value, callers that have joined them do.
      const takesStale = flight.isRefresh ? hadStale : flight.hasStale;
      if (standsIn && takesStale) this.#give(caller, stale, 'error', flight);
      else settle(caller, { error });
    }
  }

  /** The last caller that leaves cancels the flight, unless that runs in the background. */
  abort(signal) {
    for (const flight of this.runs) {
      const leaving = flight.waiting.filter((waiter) => waiter.signal === signal);
      flight.waiting = flight.waiting.filter((waiter) => waiter.signal !== signal);
      for (const { caller } of leaving) settle(caller, { error: signal.reason });
      const goesOn = flight.isBackground || flight.hasAnswered;
      if (leaving.length === 0 || flight.waiting.length > 0 || goesOn) continue;
      flight.isAborted = true;
      this.#flights.end(flight);
      this.#log('failure', flight, undefined, signal.reason);
    }
  }

  advance(milliseconds) {
    const { entries } = this;
    const until = entries.now + milliseconds;
    const slow = this.runs.filter(({ slowAt, isOver }) => slowAt <= until && !isOver);
    for (const flight of slow.sort((a, b) => a.slowAt - b.slowAt)) {
      entries.now = flight.slowAt;
      flight.slowAt = Infinity;
      this.#endWait(flight);
    }
    entries.now = until;
    entries.sweep();
  }

  /** A flight has taken too long: callers get the stale value, and it goes on as a refresh. */
  #endWait(flight) {
    const entry = this.entries.findStale(flight.key);
    if (!this.#flights.isAttached(flight) || !entry) return;
    const early = this.#describe(entry);
    if (early.age > this.#config.ifError) return;
    flight.isSlow = true;
    for (const waiter of flight.waiting) if (waiter.hadStale) waiter.early = early;
    if (flight.isRefresh || flight.isBackground) return;
    flight.isBackground = true;
    this.#counts.refreshes++;
    this.extensions++;
  }

  /** @param options `through`: 'f' or 'cache'; `ttl` in milliseconds and `tags` of this value */
  put(key, value, { through, ttl, tags }) {
    this.#flights.detach(key);
    const terms =
      through === 'f'
        ? this.#termsOf(value, { ttl, tags })
        : { life: ttl ?? this.#config.cacheTtl, tags: tags ?? [] };
    if (terms) this.entries.store(key, value, terms.life, terms.tags);
    else this.invalidate(key);
  }

  /** How a result is stored; `undefined` if it is not. */
  #termsOf(value, own = {}) {
    const { ttl, tags } = this.#config;
    const life = own.ttl ?? (ttl === 'by result' ? value.life : ttl);
    if (life === false || life <= 0) return undefined;
    return { life, tags: own.tags ?? (tags === 'by result' ? value.tags : tags) };
  }

  invalidate(key) {
    return this.#endEntry(key, (entry) => this.entries.remove(entry, 'invalidate'));
  }

  expire(key) {
    return this.#endEntry(key, (entry) => this.entries.expire(entry));
  }

  #endEntry(key, end) {
    this.#flights.detach(key);
    const entry = this.entries.find(key);
    const wasFresh = entry !== undefined && this.entries.isFresh(entry);
    if (entry) end(entry);
    return wasFresh;
  }

  /** @param keepsStale expires the entries instead of removing them */
  endTagged(tags, keepsStale) {
    this.#flights.fence(tags);
    const tagged = this.entries.all.filter((entry) => entry.tags.some((tag) => tags.includes(tag)));
    const fresh = tagged.filter((entry) => this.entries.isFresh(entry));
    for (const entry of tagged) {
      if (keepsStale) this.entries.expire(entry);
      else this.entries.remove(entry, 'invalidate');
    }
    return fresh.length;
  }

  /** @param through 'f', which keeps the counters, or 'cache' */
  clear(through) {
    this.#flights.detachAll();
    this.entries.clear();
    if (through === 'f') return;
    this.#counts = { ...NO_COUNTS };
    this.entries.evictions = this.entries.expirations = 0;
  }

  #describe(entry) {
    return { entry, value: entry.value, age: this.entries.age(entry) };
  }

  /** Gives a caller a stale value. @param flight the flight that it stands in for */
  #give(caller, { entry, value, age }, reason, flight) {
    this.#counts.stale++;
    this.entries.use(entry);
    this.#log('cache_stale', { key: entry.key, id: flight?.id }, { reason, age: Math.round(age) });
    return settle(caller, { value });
  }

  #log(type, { key, id = 0 }, detail, error) {
    this.events.push([type, key, id, detail, error]);
  }
}

function detailOf({ isBackground }) {
  return isBackground ? { background: true } : undefined;
}

function settle(caller, outcome) {
  const state = 'value' in outcome ? 'fulfilled' : 'rejected';
  Object.assign(caller, { state, ...outcome });
  return true;
}
