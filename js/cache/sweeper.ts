import { warn } from '../events/warn.ts';
import { Weak, whenCollected } from '../platform/weak.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';

/** A cache, as a {@link Sweeper} uses it. */
export interface Sweepable {
  /** Removes the expired entries. Returns the time of the next expiry at the earliest, `Infinity` for never. */
  sweep(): number;
}

/** Minimum time between two sweeps: entries that expire in between are removed together. */
const MIN_INTERVAL_MS = 1_000;
/** Real time between two sweeps with the user's clock, which may run at any speed. */
const POLL_INTERVAL_MS = 2_000;
/** A timer this late is lost: its request has ended (Workers), or the fake timers were removed. */
const LOST_AFTER_MS = 5_000;

/**
 * Removes the expired entries of an idle cache, with one timer per cache that runs only while an entry can expire. The
 * sweeper keeps neither the process nor the cache alive.
 */
export class Sweeper {
  readonly #cache: Pick<WeakRef<Sweepable>, 'deref'>;
  readonly #clock: Clock;
  /** The running timer. A separate object, so that what clears it after the cache does not keep the clock alive. */
  readonly #held: { timer: Timer | undefined } = { timer: undefined };
  /** The `setTimeout` that started the timer. */
  #startedBy: unknown;
  #wakeAt = Infinity;
  /** The timer is lost if it has not fired by then. With the user's clock always past: the real time is not known then. */
  #lostAt = -Infinity;

  constructor(cache: Sweepable, clock: Clock) {
    this.#cache = new Weak(cache);
    this.#clock = clock;
    const held = this.#held;
    // The timer of a long ttl would outlive the cache by that.
    whenCollected(cache, () => held.timer?.clear());
  }

  /** Makes sure that a timer runs for an entry that was just stored. */
  expectExpiry(deadline: number): void {
    // The usual case, which engines compile into the caller.
    const isRunning = this.#startedBy === setTimeout && this.#clock.now <= this.#lostAt;
    if (!isRunning || deadline < this.#wakeAt) this.#expectSooner(deadline);
  }

  #expectSooner(deadline: number): void {
    const now = this.#realTime();
    const isLost = this.#startedBy !== setTimeout || now > this.#wakeAt + LOST_AFTER_MS;
    const isSooner =
      deadline < this.#wakeAt && now + MIN_INTERVAL_MS < this.#wakeAt && !this.#clock.injected;
    if (isLost || isSooner || !this.#held.timer) this.#start(deadline);
  }

  stop(): void {
    this.#held.timer?.clear();
    this.#forgetTimer();
  }

  #forgetTimer(): void {
    this.#held.timer = undefined;
    this.#lostAt = -Infinity;
  }

  #start(due: number): void {
    this.stop();
    if (due === Infinity) return;
    const now = this.#realTime();
    const delay = this.#clock.injected ? POLL_INTERVAL_MS : Math.max(due - now, MIN_INTERVAL_MS);
    try {
      this.#held.timer = startTimer(() => this.#sweep(), delay, true);
      this.#startedBy = setTimeout;
      this.#wakeAt = now + delay;
      if (!this.#clock.injected) this.#lostAt = this.#wakeAt + LOST_AFTER_MS;
    } catch {
      // Workers refuse timers outside of a request. The next entry that is stored in a request starts one.
    }
  }

  /** The time that timers follow. */
  #realTime(): number {
    return this.#clock.injected ? systemClock.read() : this.#clock.now;
  }

  #sweep(): void {
    this.#forgetTimer();
    // After an error, the next sweep comes soon: the user's clock may work again.
    let due = 0;
    try {
      due = this.#cache.deref()?.sweep() ?? Infinity;
    } catch (error) {
      warn('A cache sweep failed', error);
    }
    this.#start(due);
  }
}
