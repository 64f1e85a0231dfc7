/**
 * A simple model of a circuit breaker: it keeps every outcome since it last closed, and counts them again
 * each time. Times are milliseconds.
 */
export class BreakerModel {
  now = 0;
  changes = [];
  #phase = 'closed';
  #dueAt = 0;
  #outcomes = [];
  #cause;
  /** The calls that count: those let through since the last change of state. */
  #current = new Set();
  #goodProbes = 0;

  constructor(options) {
    this.options = options;
  }

  get state() {
    return this.#phase === 'open' && this.now >= this.#dueAt ? 'half-open' : this.#phase;
  }

  get metrics() {
    const { slidingWindowSize } = this.options;
    const judged =
      slidingWindowSize > 0 ? this.#outcomes.slice(-slidingWindowSize) : this.#outcomes;
    const calls = judged.length;
    const failures = judged.filter(({ failed }) => failed).length;
    const slowCalls = judged.filter(({ slow }) => slow).length;
    return {
      ...{ state: this.state, calls, failures, slowCalls },
      failureRate: calls && failures / calls,
      slowCallRate: calls && slowCalls / calls,
      consecutiveFailures:
        this.#outcomes.length - 1 - this.#outcomes.findLastIndex((o) => !o.failed),
    };
  }

  /** A call to end later, or the details of its refusal. */
  start() {
    if (this.#phase !== this.state) this.#enter('half-open');
    const full = this.#goodProbes + this.#current.size >= this.options.successThreshold;
    if (this.#phase === 'closed' || (this.#phase === 'half-open' && !full)) {
      const call = { began: this.now };
      this.#current.add(call);
      return { call };
    }
    const wait = this.#phase === 'open' ? this.#dueAt - this.now : Infinity;
    return {
      refused: { cause: this.#cause, retryAfter: wait === Infinity ? undefined : wait / 1e3 },
    };
  }

  /** @param outcome `success`, `failure`, or `nothing` for an ignored error or a caller's leaving */
  end(call, outcome, error) {
    if (!this.#current.delete(call) || outcome === 'nothing') return;
    const { slowCallDuration } = this.options;
    const failed = outcome === 'failure';
    const slow = slowCallDuration > 0 && this.now - call.began >= slowCallDuration;
    this.#outcomes.push({ failed, slow });
    if (failed) this.#cause = error;
    if (this.#phase === 'closed') {
      if (this.#isTooMuch()) this.#open();
    } else if (failed) {
      this.#open();
    } else if (++this.#goodProbes === this.options.successThreshold) {
      this.close();
    }
  }

  close() {
    this.#outcomes = [];
    this.#cause = undefined;
    this.#enter('closed');
  }

  hold() {
    this.#dueAt = Infinity;
    this.#enter('open');
  }

  #open() {
    this.#dueAt = this.now + this.options.recoveryTimeout;
    this.#enter('open');
  }

  #enter(phase) {
    if (phase !== this.#phase) this.changes.push(phase);
    this.#phase = phase;
    this.#current.clear();
    this.#goodProbes = 0;
  }

  #isTooMuch() {
    const { calls, failureRate, slowCallRate, consecutiveFailures } = this.metrics;
    const { slidingWindowSize, minimumCalls, slowCallDuration } = this.options;
    if (slidingWindowSize === 0) return consecutiveFailures >= this.options.failureThreshold;
    if (calls < (minimumCalls ?? slidingWindowSize)) return false;
    if (failureRate >= this.options.failureRateThreshold) return true;
    return slowCallDuration > 0 && slowCallRate >= this.options.slowCallRateThreshold;
  }
}
