import { wrongKind } from '../options/messages.ts';
import {
  type ClockUser,
  cachedSince,
  extendCachedTime,
  invalidateCachedTime,
} from './cached-time.ts';
import {
  currentSource,
  dateNow,
  isTimeGenuine,
  performance,
  performanceNow,
  type TimeSource,
  wasFakeAtImport,
} from './time-source.ts';

/** Two readings are close if at most this much time passed between them. */
const CLOSE_MS = 0.02;
/**
 * Of many close readings, only one in 33 looks at `globalThis.performance`. In Node that is an accessor, which takes a
 * third of the time of reading the clock.
 */
const CLOSE_READINGS = 32;
/** When the source changes, the timeline goes on at a multiple of 1/1024 ms, so that a test's whole numbers stay exact. */
const STEPS_PER_MS = 1_024;

const WALL_CHECK_INTERVAL_MS = 1_000;
/** If the wall clock gains more than this, the machine slept while `performance` stood still. */
const MIN_SLEEP_MS = 60_000;

/**
 * A timeline in milliseconds that never runs backwards. Its source is the one that was injected, else the genuine
 * `performance`, or the `performance.now` or `Date` that a test has installed. When the source changes, the timeline
 * goes on from its last reading.
 */
export class Clock {
  /** The last reading. */
  now = 0;
  /** Identifies the source of the last reading, unless it was injected. */
  #origin: unknown;
  /** Added to the time of the source. */
  #offset = 0;
  /** Close readings in a row, at most {@link CLOSE_READINGS}. */
  #closeReadings = 0;
  /**
   * How many readings may do without most checks: they follow many close readings of the genuine `performance`. Engines
   * compile such a reading into its caller.
   */
  #quickReadings = 0;
  /** The time of the next reading of the wall clock, on this timeline. */
  #quickUntil = 0;
  /** The time of `performance` at which the wall clock is read again. */
  #nextWallCheck = 0;
  /** The smallest offset of the wall clock from the timeline, in milliseconds. */
  #wallOffset = Infinity;
  /** The user's source, which is read on every call, never cached. */
  readonly injected: TimeSource | undefined;
  readonly #path: string;

  /**
   * @param path the name of the injected source in messages
   */
  constructor(injected?: TimeSource, path = '') {
    this.injected = injected;
    this.#path = path;
    // Genuine time starts at 1, so that 0 is before every reading.
    if (!injected) this.now = 1;
  }

  /** Reads the clock. */
  read(): number {
    if (this.#quickReadings > 0 && isTimeGenuine()) {
      const time = performance.now() + this.#offset;
      const elapsed = time - this.now;
      // Whatever is not as usual is decided by another reading.
      if (
        elapsed >= 0 &&
        elapsed <= CLOSE_MS &&
        time <= cachedSince + 1 &&
        time <= this.#quickUntil
      ) {
        this.#quickReadings--;
        this.now = time;
        return time;
      }
    }
    return this.#readWithChecks();
  }

  /** Reads the clock with all checks. */
  #readWithChecks(): number {
    const raw = this.#readSource();
    const time = raw + this.#offset;
    if (time >= this.now) {
      this.now = time;
      if (time > cachedSince + 1 && !this.injected) invalidateCachedTime();
    } else if (time < this.now - 1) {
      // The source was set back: the timeline goes on from here. Smaller steps are jitter, which passes.
      this.#offset = this.now - raw;
    }
    return this.now;
  }

  /**
   * Reads the clock. In a burst of readings, the user may then serve up to 960 hits from this one, within the code that
   * runs now. Each renewal notices a `performance` that was replaced as a whole; to check this on every hit would
   * double the cost of a hit.
   */
  renew(user: ClockUser): number {
    const before = this.now;
    this.#quickReadings = 0;
    const now = this.read();
    user.invalidateTime();
    if (this.#isGenuine()) extendCachedTime(user, now, now - before);
    return now;
  }

  /** Whether the last reading was of the genuine `performance`. */
  #isGenuine(): boolean {
    return this.#origin === performanceNow && !wasFakeAtImport;
  }

  #readSource(): number {
    if (this.injected) return finite(this.injected.now(), this.#path);
    this.#quickReadings = 0;
    if (this.#isGenuine() && isTimeGenuine() && globalThis.performance === performance) {
      const raw = performance.now();
      if (raw + this.#offset > this.now + CLOSE_MS) this.#closeReadings = 0;
      else if (this.#closeReadings < CLOSE_READINGS) this.#closeReadings++;
      else this.#quickReadings = CLOSE_READINGS;
      if (raw > this.#nextWallCheck) this.#addSleep(raw);
      this.#quickUntil = this.#nextWallCheck + this.#offset;
      return raw;
    }
    return this.#readCurrent();
  }

  /** Adds the time that the machine slept: the wall clock goes on then, `performance` stands still. */
  #addSleep(raw: number): void {
    this.#nextWallCheck = raw + WALL_CHECK_INTERVAL_MS;
    const wallOffset = dateNow() - raw - this.#offset;
    const gain = wallOffset - this.#wallOffset;
    if (gain > MIN_SLEEP_MS) this.#offset += gain;
    else this.#wallOffset = Math.min(wallOffset, this.#wallOffset);
  }

  /**
   * Reads the current source, which may be a test's. If the source has changed, the timeline goes on from its last
   * reading.
   */
  #readCurrent(): number {
    const source = currentSource();
    const raw = source.now();
    // A mock may return nothing.
    if (!Number.isFinite(raw)) return this.now - this.#offset;
    const { now } = source;
    // A membrane may return another function at each access: then the object identifies the source.
    const origin = now === source.now ? now : source;
    if (origin !== this.#origin) {
      this.#offset = Math.ceil(this.now * STEPS_PER_MS) / STEPS_PER_MS - raw;
      this.#origin = origin;
      this.#nextWallCheck = 0;
      this.#wallOffset = Infinity;
      invalidateCachedTime();
    }
    return raw;
  }
}

/** @throws TypeError */
function finite(raw: unknown, path: string): number {
  if (typeof raw === 'number' && Number.isFinite(raw)) return raw;
  throw wrongKind(`${path}.now()`, 'a finite number of milliseconds', raw);
}

/** The default clock. */
export const systemClock = new Clock();
