/**
 * A simple model of a cached function: the outcome of every caller, the number of runs, the entries
 * and the counters.
 */
export class FlightModel {
  now = 0;
  runs = [];
  callers = [];
  stats = { hits: 0, misses: 0, coalesced: 0, evictions: 0, expirations: 0 };
  #entries = [];
  #flights = new Map();
  #settling = [];
  #maxSize;
  #ttl;

  /** @param ttl in milliseconds */
  constructor(maxSize, ttl) {
    this.#maxSize = maxSize;
    this.#ttl = ttl;
  }

  /** The entries, from the least to the most recent. */
  get entries() {
    return this.#entries.map(({ key, value }) => [key, value]);
  }

  /** @param signal any object; `abort` takes the same one */
  call(key, { signal, refresh = false }) {
    const caller = { state: 'pending' };
    this.callers.push(caller);
    if (signal?.aborted) return this.#reject(caller, signal.reason);
    const entry = this.#find(key);
    if (entry && !refresh) {
      this.stats.hits++;
      this.#entries = [...this.#entries.filter((other) => other !== entry), entry];
      return this.#fulfil(caller, entry.value);
    }
    let flight = this.#flights.get(key);
    // A refresh joins another refresh, and supersedes any other flight.
    if (flight && (!refresh || flight.refresh)) {
      this.stats.coalesced++;
    } else {
      flight = { key, refresh, waiting: [], aborted: false };
      if (!entry) this.stats.misses++;
      this.#flights.set(key, flight);
      this.runs.push(flight);
    }
    flight.waiting.push({ caller, signal });
  }

  /** The function has settled its nth run; no caller has been notified yet. */
  settle(run, outcome) {
    this.#settling.push({ flight: this.runs[run], outcome });
  }

  /** All promises have settled. */
  drain() {
    for (const { flight, outcome } of this.#settling.splice(0)) {
      if (flight.waiting.length === 0) continue;
      const stores = this.#flights.get(flight.key) === flight;
      if (stores) this.#flights.delete(flight.key);
      if (stores && 'value' in outcome) this.#store(flight.key, outcome.value);
      for (const { caller } of flight.waiting.splice(0)) {
        if ('value' in outcome) this.#fulfil(caller, outcome.value);
        else this.#reject(caller, outcome.error);
      }
    }
  }

  abort(signal) {
    for (const flight of this.runs) {
      const staying = flight.waiting.filter((waiter) => waiter.signal !== signal);
      const leaving = flight.waiting.filter((waiter) => waiter.signal === signal);
      for (const { caller } of leaving) this.#reject(caller, signal.reason);
      flight.waiting = staying;
      if (leaving.length === 0 || staying.length > 0) continue;
      flight.aborted = true;
      if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
    }
  }

  put(key, value) {
    this.#flights.delete(key);
    this.#store(key, value);
  }

  invalidate(key) {
    this.#flights.delete(key);
    const entry = this.#find(key);
    this.#entries = this.#entries.filter((other) => other !== entry);
    return entry !== undefined;
  }

  clear() {
    this.#flights.clear();
    this.#entries = [];
    for (const name of Object.keys(this.stats)) this.stats[name] = 0;
  }

  advance(milliseconds) {
    this.now += milliseconds;
    const live = this.#entries.filter(({ deadline }) => deadline >= this.now);
    this.stats.expirations += this.#entries.length - live.length;
    this.#entries = live;
  }

  #find(key) {
    return this.#entries.find((entry) => entry.key === key);
  }

  #store(key, value) {
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
    if (this.#entries.length === this.#maxSize) {
      this.#entries.shift();
      this.stats.evictions++;
    }
    this.#entries.push({ key, value, deadline: this.now + this.#ttl });
  }

  #fulfil(caller, value) {
    Object.assign(caller, { state: 'fulfilled', value });
  }

  #reject(caller, error) {
    Object.assign(caller, { state: 'rejected', error });
  }
}
