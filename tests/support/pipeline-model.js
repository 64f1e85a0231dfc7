import { BreakerModel } from './breaker-model.js';

/** The fallback value. */
export const FALLBACK = 'fallback';

/**
 * A simple model of a function with all patterns, and stale values that replace failures. Each pattern is a generator
 * around the next; it yields `() => time` to wait until then, and `runUntil` lets time pass. The `return` of a generator
 * cancels everything inside it. Times are milliseconds.
 */
export class PipelineModel {
  now = 0;
  /** `[at, key, type, attempt, what]` of each event. */
  events = [];
  callers = [];
  runs = [];
  stats = { hits: 0, misses: 0, coalesced: 0, stale: 0 };
  slots = { active: 0, line: [] };
  limiterLine = [];
  /** Two things were due at the same time, so that their order is not defined. */
  ambiguous = false;
  #config;
  #script;
  #entries = new Map();
  #flights = new Map();
  #processes = new Set();
  #credit;
  #creditAt = 0;

  /** @param script `{ after, kind }` of the nth run: its time and outcome */
  constructor(config, script) {
    this.#config = config;
    this.#script = script;
    const { breaker, limiter } = config;
    if (breaker) this.breaker = new BreakerModel({ slidingWindowSize: 0, ...breaker });
    if (limiter) this.#credit = limiter.maxCalls * limiter.interval;
  }

  call(key, { refresh }) {
    const caller = {};
    this.callers.push(caller);
    const entry = this.#entries.get(key);
    const isFresh = entry !== undefined && entry.deadline >= this.now;
    if (isFresh && !refresh) {
      this.stats.hits++;
      this.#log({ key }, 'cache_hit');
      return this.#settle(caller, { value: entry.value });
    }
    const stale = this.#staleEntry(key);
    if (stale && !refresh && this.now < stale.pausedUntil) {
      return this.#giveStale(caller, key, stale);
    }
    const takesStale = stale !== undefined && !refresh;
    caller.takesStale = takesStale;
    const underWay = this.#flights.get(key);
    if (underWay && (!refresh || underWay.refresh)) {
      this.stats.coalesced++;
      this.#log(underWay, 'cache_coalesced');
      return underWay.callers.push(caller);
    }
    const flight = { key, refresh, takesStale, callers: [caller], began: this.now, storable: true };
    if (this.#config.cache) this.#flights.set(key, flight);
    if (this.#config.cache && !isFresh && !(stale && refresh)) {
      this.stats.misses++;
      this.#log(flight, 'cache_miss');
    }
    flight.process = this.#fly(flight);
    this.#resume(flight);
  }

  /** The nth caller leaves; the last caller of a flight cancels it. */
  leave(index, reason) {
    const caller = this.callers[index];
    for (const { flight } of this.#processes) {
      if (!flight.callers.includes(caller)) continue;
      flight.callers = flight.callers.filter((other) => other !== caller);
      this.#settle(caller, { error: reason });
      if (flight.callers.length > 0) return;
      flight.reason = reason;
      flight.process.return();
      this.#land(flight, { error: reason });
    }
  }

  /** Lets time pass, and runs everything that is due. */
  runUntil(time) {
    for (;;) {
      const due = [...this.#processes].map(({ flight, wake }) => ({ flight, at: wake() }));
      const at = Math.min(...due.map((one) => one.at));
      const first = due.filter((one) => one.at === at);
      if (at > time || first.length === 0) break;
      if (at > this.now && (first.length > 1 || at === time)) this.ambiguous = true;
      this.#goTo(at);
      this.#resume(first[0].flight);
    }
    this.#goTo(time);
  }

  #goTo(time) {
    this.now = time;
    if (this.breaker) this.breaker.now = time;
  }

  #resume(flight) {
    for (const process of this.#processes) {
      if (process.flight === flight) this.#processes.delete(process);
    }
    const { done, value } = flight.process.next();
    if (!done) this.#processes.add({ flight, wake: value });
  }

  *#fly(flight) {
    try {
      this.#land(flight, { value: yield* this.#fallback(flight) });
    } catch (error) {
      this.#land(flight, { error });
    }
  }

  #land(flight, outcome) {
    for (const process of this.#processes) {
      if (process.flight === flight) this.#processes.delete(process);
    }
    const failure = 'error' in outcome ? outcome.error : flight.error;
    const failed = 'error' in outcome || !flight.storable;
    if (this.#flights.get(flight.key) === flight) {
      this.#flights.delete(flight.key);
      const deadline = this.now + this.#config.cache.ttl;
      if (!failed) this.#entries.set(flight.key, { value: outcome.value, deadline });
    }
    this.#log(flight, failed ? 'failure' : 'success', 0, [failure, this.now - flight.began]);
    for (const caller of flight.callers) {
      // Calls with `refresh` get no stale value, callers that have joined them do.
      const stale = flight.refresh && !caller.takesStale ? undefined : flight.replacement;
      if (stale) this.#giveStale(caller, flight.key, stale);
      else this.#settle(caller, outcome);
    }
  }

  /** A stale value stands in for a failure of everything inside, before the fallback does. */
  *#stale(flight) {
    let value;
    let error;
    try {
      value = yield* this.#breaker(flight);
      if (flight.storable) return value;
    } catch (thrown) {
      error = thrown;
    }
    const stale = this.#standIn(flight, error ?? value);
    if (stale && this.#flights.get(flight.key) === flight) {
      const pause = Math.max(this.#config.cache.backoff, (error?.retryAfter ?? 0) * 1_000);
      stale.pausedUntil = this.now + pause;
    }
    if (stale && (flight.refresh || flight.takesStale)) flight.replacement = { ...stale };
    if (stale && flight.takesStale) {
      Object.assign(flight, { storable: false, error });
      return stale.value;
    }
    if (error) throw error;
    return value;
  }

  #staleEntry(key) {
    const entry = this.#entries.get(key);
    const isStale = entry?.deadline < this.now;
    return isStale && this.now <= entry.deadline + this.#config.cache.staleIfError
      ? entry
      : undefined;
  }

  /** The stale entry that `staleOn` lets stand in for a failure. */
  #standIn(flight, failure) {
    const { only } = this.#config.cache ?? {};
    return only && !isOf(failure, only) ? undefined : this.#staleEntry(flight.key);
  }

  #giveStale(caller, key, { value, deadline }) {
    this.stats.stale++;
    this.#log({ key }, 'cache_stale', 0, ['error', this.now - deadline]);
    this.#settle(caller, { value });
  }

  *#fallback(flight) {
    try {
      return yield* this.#stale(flight);
    } catch (error) {
      const { fallback } = this.#config;
      if (!fallback || (fallback.only && !isOf(error, fallback.only))) throw error;
      this.#log(flight, 'fallback_used', 0, error);
      Object.assign(flight, { storable: false, error });
      return FALLBACK;
    }
  }

  *#breaker(flight) {
    if (!this.breaker) return yield* this.#within('total', this.#limiter(flight), flight);
    const { call, refused } = this.breaker.start();
    if (refused) throw this.#refuse(flight, 'circuit_open', { code: 'CIRCUIT_OPEN', ...refused });
    let outcome = 'nothing';
    let cause;
    try {
      const value = yield* this.#within('total', this.#limiter(flight), flight);
      outcome = flight.storable ? 'success' : 'failure';
      return value;
    } catch (error) {
      cause = error;
      if (flight.attempt && !isOf(error, this.#config.breaker.ignores)) outcome = 'failure';
      throw error;
    } finally {
      this.breaker.end(call, outcome, cause);
    }
  }

  *#limiter(flight) {
    const { limiter } = this.#config;
    if (!limiter) return yield* this.#bulkhead(flight);
    const line = this.limiterLine;
    const wait = this.#untilTokens(line.length + 1);
    if (wait > limiter.maxWait) {
      const error = { code: 'RATE_LIMITED', retryAfter: wait / 1_000 };
      throw this.#refuse(flight, 'rate_limited', error);
    }
    if (wait > 0) {
      line.push(flight);
      try {
        yield () => this.now + this.#untilTokens(line.indexOf(flight) + 1);
      } finally {
        line.splice(line.indexOf(flight), 1);
      }
    }
    this.#credit = this.#creditNow() - limiter.interval;
    this.#creditAt = this.now;
    return yield* this.#bulkhead(flight);
  }

  /** Time in the bucket, up to its capacity. */
  #creditNow() {
    const { maxCalls, interval } = this.#config.limiter;
    return Math.min(this.#credit + this.now - this.#creditAt, maxCalls * interval);
  }

  #untilTokens(count) {
    return Math.max(count * this.#config.limiter.interval - this.#creditNow(), 0);
  }

  *#bulkhead(flight) {
    if (!this.#config.bulkhead) return yield* this.#retry(flight);
    try {
      yield* this.#take(flight, this.now + this.#config.bulkhead.maxWait);
      if (!flight.slot) throw this.#refuse(flight, 'bulkhead_rejected', { code: 'BULKHEAD_FULL' });
      return yield* this.#retry(flight);
    } finally {
      this.#give(flight);
    }
  }

  *#take(flight, until) {
    const { line } = this.slots;
    const first = () =>
      this.slots.active < this.#config.bulkhead.maxConcurrent && line[0] === flight;
    line.push(flight);
    try {
      if (!first() && until > this.now) yield () => (first() ? this.now : until);
      if (!first()) return;
      flight.slot = true;
      this.slots.active++;
    } finally {
      line.splice(line.indexOf(flight), 1);
    }
  }

  #give(flight) {
    if (flight.slot) this.slots.active--;
    flight.slot = false;
  }

  *#retry(flight) {
    const { retry, bulkhead } = this.#config;
    if (!retry) return yield* this.#within('attempt', this.#hedge(flight, 1), flight);
    for (let attempt = 1; ; attempt++) {
      let value;
      let error;
      try {
        value = yield* this.#within('attempt', this.#hedge(flight, attempt), flight);
        if (!this.#isRejected(value)) return value;
      } catch (thrown) {
        if (isOf(thrown, retry.ignores)) throw thrown;
        error = thrown;
      }
      if (attempt === retry.maxAttempts) {
        this.#log(flight, 'retry_exhausted', attempt, error);
        if (error) throw error;
        flight.storable = false;
        return value;
      }
      const pause = Math.min(retry.delay * 2 ** (attempt - 1), retry.maxDelay);
      this.#log(flight, 'retry', attempt, [error, pause]);
      this.#give(flight);
      yield* this.#sleep(pause);
      if (bulkhead) yield* this.#take(flight, Infinity);
    }
  }

  /** `retryOnResult`. */
  #isRejected(value) {
    return this.#config.retry?.rejects === true && value.kind === 'bad';
  }

  *#hedge(flight, attempt) {
    const { hedge = { maxHedges: 0 } } = this.#config;
    const runs = [this.#start(flight, attempt)];
    const underWay = () => runs.filter((run) => !run.over);
    try {
      for (;;) {
        const hedgeAt = runs.length <= hedge.maxHedges ? runs.at(-1).began + hedge.delay : Infinity;
        const [next] = underWay().sort((a, b) => a.ends - b.ends);
        const two = underWay().filter(({ ends }) => ends === next.ends).length > 1;
        if (two || next.ends === hedgeAt) this.ambiguous = true;
        const at = Math.min(next.ends, hedgeAt);
        yield () => at;
        if (at === hedgeAt) {
          runs.push(this.#start(flight, attempt));
          continue;
        }
        next.over = true;
        const { kind } = next.result;
        const failed = kind === 'A' || kind === 'B' || this.#isRejected(next.result);
        if (failed && underWay().length > 0) continue;
        if (kind === 'A' || kind === 'B') throw next.result;
        return next.result;
      }
    } finally {
      for (const run of underWay()) run.aborted = flight.reason ?? 'lost';
    }
  }

  #start(flight, attempt) {
    const { after, kind } = this.#script(this.runs.length);
    const run = { key: flight.key, attempt, began: this.now, ends: this.now + after };
    run.result = { run: this.runs.length, kind };
    this.runs.push(run);
    flight.attempt = attempt;
    return run;
  }

  *#sleep(milliseconds) {
    const at = this.now + milliseconds;
    yield () => at;
  }

  /** A timeout of the inner patterns. */
  *#within(scope, inner, flight) {
    const limit = this.#config[scope];
    if (limit === undefined) return yield* inner;
    const deadline = this.now + limit;
    try {
      for (;;) {
        const { done, value: wake } = inner.next();
        if (done) return wake;
        yield () => {
          const at = wake();
          if (at === deadline) this.ambiguous = true;
          return Math.min(at, deadline);
        };
        if (this.now < deadline) continue;
        const error = { code: 'TIMEOUT', seconds: limit / 1_000 };
        this.#log(flight, 'timeout', flight.attempt, [error, scope]);
        flight.reason = error;
        throw error;
      }
    } finally {
      inner.return();
      flight.reason = undefined;
    }
  }

  #refuse(flight, type, error) {
    this.#log(flight, type, 0, error);
    return error;
  }

  #log({ key }, type, attempt = 0, what = undefined) {
    this.events.push({ at: this.now, key, type, attempt, what });
  }

  #settle(caller, outcome) {
    Object.assign(caller, outcome, { at: this.now });
  }
}

/** Whether an error is the function's own, of the given kind. */
function isOf(error, kind) {
  return kind !== undefined && error.kind === kind;
}
