import { hostProcess } from '../host.ts';
import { wrongKind } from '../options/check.ts';

/** A source of time, in milliseconds: `Date`, `performance`, or one of a test's own. */
export interface TimeSource {
  /** Milliseconds since any moment. */
  now(): number;
}

/** A cached reading serves at most this many hits. More would save next to nothing. */
const HITS_PER_READING = 64;
/** Caching starts after this many hits that followed one another within a millisecond: lone hits just read the clock. */
const BURST = 32;
/** Genuine time is read in steps of this part of a millisecond: a test's whole numbers added to it stay exact. */
const STEPS = 1_024;

// The genuine ones. A test that replaces them is noticed by comparison, on every hit, at no measurable cost.
const performance: TimeSource = globalThis.performance ?? Date;
const performanceNow = performance.now;
const dateNow = Date.now;

// Fake from the start (jest's `enableGlobally`): nothing here is genuine, so nothing is cached.
const fakedAtImport = 'isFake' in Date || 'isMock' in Date || 'clock' in setTimeout;

/** Calls back when the code that runs now has run to its end: after its microtasks in Node, between them elsewhere. */
const endOfRun = (() => {
  const nextTick = hostProcess()?.nextTick;
  const resolved = Promise.resolve();
  return typeof nextTick === 'function' && !fakedAtImport
    ? (callback: () => void) => nextTick(callback)
    : (callback: () => void) => void resolved.then(callback);
})();

/**
 * A timeline in milliseconds that never runs backwards, whatever its source does. The source is the one given, or the
 * genuine `performance`, or what a test put in the place of `performance.now` or `Date`; when that changes, the
 * timeline goes on from where it stood.
 */
export class Clock {
  /** The last reading. */
  now = 0;
  /** How many more hits the last reading may serve. */
  #left = 0;
  #burst = 0;
  #watched = false;
  #origin: unknown;
  #offset = 0;
  readonly #injected: TimeSource | undefined;

  /** @param injected read every time, never cached */
  constructor(injected?: TimeSource) {
    this.#injected = injected;
  }

  /** Whether time comes from a source that a user gave. */
  get injected(): boolean {
    return this.#injected !== undefined;
  }

  /**
   * The time as a hit needs it: a reading that is at most one run of code old and has served at most 64 hits, or a
   * fresh one once a test has replaced `Date.now` or `performance.now`. A `performance` that is replaced as a whole,
   * and `Date` not with it, is noticed with the next reading: to look at every hit would double what a hit costs.
   */
  coarse(): number {
    if (--this.#left < 0 || performance.now !== performanceNow || Date.now !== dateNow) {
      this.#refresh();
    }
    return this.now;
  }

  /** The time, read afresh. */
  read(): number {
    const raw = this.#readSource();
    const time = raw + this.#offset;
    if (time >= this.now) {
      this.now = time;
    } else if (time < this.now - 1) {
      // The source was put back: from here on time goes on. Less than that is its jitter, and will be caught up with.
      this.#offset = this.now - raw;
    }
    return this.now;
  }

  #refresh(): void {
    const before = this.now;
    this.#left = 0;
    this.read();
    if (this.#injected || this.#origin !== performanceNow || fakedAtImport) return;
    this.#burst = this.now - before <= 1 ? this.#burst + 1 : 0;
    if (this.#burst < BURST) return;
    this.#left = HITS_PER_READING - 1;
    if (this.#watched) return;
    this.#watched = true;
    endOfRun(() => {
      this.#watched = false;
      this.#left = 0;
      this.#burst = 0;
    });
  }

  #readSource(): number {
    if (this.#injected) return checked(this.#injected.now());
    const current: TimeSource = globalThis.performance ?? Date;
    const replaced = current.now !== performanceNow;
    const source = replaced || Date.now === dateNow ? current : Date;
    const genuine = source.now === performanceNow;
    const raw = genuine ? Math.floor(source.now() * STEPS) / STEPS : source.now();
    if (source.now !== this.#origin) {
      if (this.#origin !== undefined) this.#offset = this.now - raw;
      this.#origin = source.now;
      this.#left = 0;
    }
    return raw;
  }
}

function checked(raw: unknown): number {
  if (typeof raw === 'number' && Number.isFinite(raw)) return raw;
  throw wrongKind('cache.clock.now()', 'a finite number of milliseconds', raw);
}

/** The clock of everything that is given none of its own. */
export const systemClock = new Clock();
