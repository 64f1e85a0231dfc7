import { wrongKind } from '../options/check.ts';
import { hostProcess } from '../platform/host.ts';
import { type ClockUser, clockUsers, invalidateCachedTime } from './clock-users.ts';

/** A source of time, in milliseconds: `Date`, `performance`, or one of a test's own. */
export interface TimeSource {
  /** Milliseconds since any moment. */
  now(): number;
}

/** A reading serves so many hits, in however many caches. */
const HITS_PER_READING = 960;
/** So many leases are let at a time once a second cache has asked for one. */
const SHARED_LEASES = 15;
/** Leases begin after so many hits, each within a millisecond of the one before: lone hits just read the clock. */
const BURST = 32;
/**
 * Readings are close that have no more milliseconds between them. `globalThis.performance` is looked at with each, but
 * with one in 33 of many close ones: in Node it is an accessor, which takes a third of what reading the clock does.
 */
const CLOSE = 0.02;
/**
 * Where another source takes over, time is in whole steps of a millisecond's part: a test's whole numbers stay exact.
 */
const STEPS = 1_024;

/** Milliseconds of the timeline between two looks at the wall clock. */
const WALL_INTERVAL = 1_000;
/** Milliseconds that the wall clock may gain; more means that the machine slept while `performance` stood still. */
const WALL_GAIN = 60_000;

// The genuine ones. A test that replaces them is noticed by comparison, on every hit, for a nanosecond.
const performance: TimeSource = globalThis.performance ?? Date;
const performanceNow = performance.now;
const dateNow = Date.now;

// Fake from the start (jest's `enableGlobally`): nothing here is genuine, so nothing is cached.
const fakedAtImport = 'isFake' in Date || 'isMock' in Date || 'clock' in setTimeout;

/** Whether nobody has replaced what genuine time is read from. */
export function isTimeGenuine(): boolean {
  return performance.now === performanceNow && Date.now === dateNow;
}

/**
 * Calls back when the code that runs now has run to its end: before its microtasks or after them in Node, between them
 * elsewhere, and where a fake would wait for its test to go on. `process` is looked at no sooner, as Bun takes a
 * millisecond to make it.
 */
function endOfRun(callback: () => void): void {
  const nextTick = hostProcess()?.nextTick;
  if (nextTick && !('clock' in nextTick)) nextTick(callback);
  else void Promise.resolve().then(callback);
}

/**
 * A timeline in milliseconds that never runs backwards, whatever its source does. The source is the one given, or the
 * genuine `performance`, or what a test put in the place of `performance.now` or `Date`; when that changes, the
 * timeline goes on from where it stood.
 */
export class Clock {
  /** The last reading. */
  now = 0;
  #isShared = false;
  #burst = 0;
  #watched = false;
  /** When the oldest lease was given. */
  #leasedAt = Infinity;
  #origin: unknown;
  /** How many close readings there were of late; beyond {@link BURST}, since `globalThis.performance` was looked at. */
  #close = 0;
  #offset = 0;
  /** When the wall clock is looked at next, as `performance` tells it. */
  #nextWall = 0;
  /** The least that the wall clock was ahead of the timeline. */
  #wallAhead = Infinity;
  readonly #injected: TimeSource | undefined;
  readonly #path: string;

  /**
   * @param injected read every time, never cached
   * @param path its name in messages
   */
  constructor(injected?: TimeSource, path = '') {
    this.#injected = injected;
    this.#path = path;
    // Real time begins here, and not at 0, so that there is a moment before.
    if (!injected) this.now = 1;
  }

  /** Whether time comes from a source that a user gave. */
  get injected(): boolean {
    return this.#injected !== undefined;
  }

  /** The time, read afresh. */
  read(): number {
    const raw = this.#readSource();
    const time = raw + this.#offset;
    if (time >= this.now) {
      this.now = time;
      if (time > this.#leasedAt + 1) {
        this.#leasedAt = Infinity;
        invalidateCachedTime();
      }
    } else if (time < this.now - 1) {
      // The source was put back: from here on time goes on. Less than that is its jitter, and will be caught up with.
      this.#offset = this.now - raw;
    }
    return this.now;
  }

  /**
   * The time, read afresh, and in the midst of a burst a new lease of it: for as many as 960 hits, but never beyond the
   * end of the code that runs now. Who holds one has to see {@link isTimeGenuine} with every hit. A `performance` that
   * is replaced as a whole, and `Date` not with it, is noticed with the next renewal: to look at every hit would double
   * what a hit costs.
   */
  renew(lessee: ClockUser): number {
    const before = this.now;
    if (this.#close > BURST) this.#close = 2 * BURST;
    const now = this.read();
    lessee.invalidateTime();
    if (!this.#isGenuine()) return now;
    this.#burst = now - before <= 1 ? this.#burst + 1 : 0;
    if (this.#burst < BURST) return now;
    const sole = !this.#isShared && (clockUsers[0] ?? lessee) === lessee;
    if (!sole) {
      if (!this.#isShared || clockUsers.length === SHARED_LEASES) invalidateCachedTime();
      this.#isShared = true;
    }
    if (clockUsers.length === 0) this.#leasedAt = now;
    if (sole) clockUsers[0] = lessee;
    else clockUsers.push(lessee);
    const hits = sole ? HITS_PER_READING : HITS_PER_READING / SHARED_LEASES;
    lessee.extendTime(hits);
    if (this.#watched) return now;
    this.#watched = true;
    endOfRun(() => {
      this.#watched = false;
      invalidateCachedTime();
      this.#isShared = false;
      this.#burst = 0;
    });
    return now;
  }

  /** Whether the last reading was of the genuine `performance`. */
  #isGenuine(): boolean {
    return this.#origin === performanceNow && !fakedAtImport;
  }

  #readSource(): number {
    if (this.#injected) return checked(this.#injected.now(), this.#path);
    if (this.#isGenuine() && isTimeGenuine()) {
      const raw = performance.now();
      if (raw + this.#offset > this.now + CLOSE) this.#close = 0;
      else if (this.#close < 2 * BURST) this.#close++;
      else this.#close = BURST;
      if (this.#close > BURST || globalThis.performance === performance) {
        if (raw > this.#nextWall) this.#compareWithWall(raw);
        return raw;
      }
    }
    return this.#readAny();
  }

  /** Time asleep counts: the wall clock goes on while `performance` stands still. */
  #compareWithWall(raw: number): void {
    this.#nextWall = raw + WALL_INTERVAL;
    const ahead = dateNow() - raw - this.#offset;
    const gain = ahead - this.#wallAhead;
    if (gain > WALL_GAIN) this.#offset += gain;
    else this.#wallAhead = Math.min(ahead, this.#wallAhead);
  }

  /** Reads whatever there is now, which may be a test's; when that is another than before, time goes on from here. */
  #readAny(): number {
    const current: TimeSource = globalThis.performance ?? Date;
    const replaced = current.now !== performanceNow;
    const source = replaced || Date.now === dateNow ? current : Date;
    const raw = source.now();
    // Of a mock that was given nothing to return.
    if (!Number.isFinite(raw)) return this.now - this.#offset;
    const { now } = source;
    // Where each look gives another function, as a membrane may, the object has to do.
    const origin = now === source.now ? now : source;
    if (origin !== this.#origin) {
      this.#offset = Math.ceil(this.now * STEPS) / STEPS - raw;
      this.#origin = origin;
      this.#nextWall = 0;
      this.#wallAhead = Infinity;
      invalidateCachedTime();
    }
    return raw;
  }
}

function checked(raw: unknown, path: string): number {
  if (typeof raw === 'number' && Number.isFinite(raw)) return raw;
  throw wrongKind(`${path}.now()`, 'a finite number of milliseconds', raw);
}

/** The clock of everything that is given none of its own. */
export const systemClock = new Clock();
