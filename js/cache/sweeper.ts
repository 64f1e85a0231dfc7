import { warn } from '../events/warn.ts';
import { Weak } from '../platform/weak.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';

/** What a {@link Sweeper} sweeps. */
export interface Sweepable {
  /** Lets go of what has expired; returns when there may be more to do, `Infinity` for never. */
  sweep(): number;
}

/** Milliseconds between two sweeps at the least: what expires meanwhile goes together. */
const GRACE = 1_000;
/** A clock that a user gave may run at any speed: it is looked at this often, in real milliseconds. */
const POLL = 2_000;
/** A timer this late is lost: the request that started it is over, or fake timers were taken away. */
const LOST = 5_000;

/**
 * Frees expired entries of an idle cache: one timer for the cache, none for an entry, and only while something can
 * expire. It keeps neither the process nor the cache alive.
 */
export class Sweeper {
  readonly #swept: Pick<WeakRef<Sweepable>, 'deref'>;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #startedBy: unknown;
  #wakeAt = Infinity;

  constructor(swept: Sweepable, clock: Clock) {
    this.#swept = new Weak(swept);
    this.#clock = clock;
  }

  /** An entry with this deadline was stored just now. */
  expect(deadline: number): void {
    const now = this.#realTime();
    const lost = this.#startedBy !== setTimeout || now > this.#wakeAt + LOST;
    const sooner = deadline < this.#wakeAt && now + GRACE < this.#wakeAt && !this.#clock.injected;
    if (lost || sooner || !this.#timer) this.#wake(deadline);
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #wake(due: number): void {
    this.stop();
    if (due === Infinity) return;
    const now = this.#realTime();
    const delay = this.#clock.injected ? POLL : Math.max(due - now, GRACE);
    try {
      this.#timer = startTimer(() => this.#sweep(), delay, true);
      this.#startedBy = setTimeout;
      this.#wakeAt = now + delay;
    } catch {
      // Workers refuse timers outside a request: the next entry that is stored inside one starts it.
    }
  }

  /** The time by which timers run. */
  #realTime(): number {
    return this.#clock.injected ? systemClock.read() : this.#clock.now;
  }

  #sweep(): void {
    this.#timer = undefined;
    // A clock that fails may be well again.
    let due = 0;
    try {
      due = this.#swept.deref()?.sweep() ?? Infinity;
    } catch (error) {
      warn('A sweep failed', error);
    }
    this.#wake(due);
  }
}
