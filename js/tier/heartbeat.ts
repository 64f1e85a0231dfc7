import { systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import type { Driver } from './driver.ts';
import type { TierSettings } from './tier-options.ts';

/** What a heartbeat finds out. */
export interface HeartbeatHooks {
  /** One was not answered in time. */
  failed(error: unknown): void;
  answered(): void;
  /** For `maxStale`, none was answered, so no change could be heard of. */
  outdated(): void;
}

/** The longest time between two heartbeats. */
const MAX_HEARTBEAT_MS = 1_000;

/** Asks the store for its time about once a second: whether it answers, and whether its changes are heard of. */
export class Heartbeat {
  /** Every change before this time had been heard of. */
  coherentAt = 0;
  /** The last round trip, in milliseconds. */
  lagMs = 0;
  readonly #driver: Driver;
  readonly #settings: TierSettings;
  readonly #hooks: HeartbeatHooks;
  /** The server's time minus the clock's, at most and at least. */
  #offset = 0;
  #leastOffset = 0;
  #timer: Timer | undefined;
  #ageTimer: Timer | undefined;
  /** Grows with each stop: answers to earlier ones do not count. */
  #generation = 0;

  constructor(driver: Driver, settings: TierSettings, hooks: HeartbeatHooks) {
    this.#driver = driver;
    this.#settings = settings;
    this.#hooks = hooks;
  }

  /** The latest time that the server's clock may have now, in milliseconds since 1970. */
  get serverTime(): number {
    return systemClock.read() + this.#offset;
  }

  /** The earliest time that the server's clock may have now, in milliseconds since 1970. */
  get earliestServerTime(): number {
    return systemClock.read() + this.#leastOffset;
  }

  /** Returns when it was sent, by the clock. */
  async send(): Promise<number> {
    const sent = systemClock.read();
    const time = await this.#driver.time();
    const received = systemClock.read();
    this.#offset = time - sent;
    this.#leastOffset = time - received;
    this.lagMs = received - sent;
    return sent;
  }

  start(): void {
    const { maxStaleMs } = this.#settings;
    const generation = this.#generation;
    const beat = () => {
      if (generation === this.#generation) this.#beat();
    };
    this.#timer = startTimer(beat, Math.min(MAX_HEARTBEAT_MS, maxStaleMs / 3), true);
  }

  #beat(): void {
    const generation = this.#generation;
    const { timeoutMs } = this.#settings;
    let isOver = false;
    const end = (report: () => void) => {
      if (!isOver && generation === this.#generation) report();
      isOver = true;
    };
    const fail = (error: unknown) => end(() => this.#hooks.failed(error));
    const late = () => fail(new Error(`no answer to a heartbeat within ${timeoutMs} ms`));
    // A second turn, so that an answer that waits in the socket is read.
    const limit = startTimer(() => startTimer(late, 0, true), timeoutMs, true);
    const answered = (sent: number) =>
      end(() => {
        this.coherentAt = sent;
        this.#hooks.answered();
        this.start();
      });
    void this.send()
      .then(answered, fail)
      .finally(() => limit.clear());
  }

  stop(): void {
    this.#generation++;
    this.#timer?.clear();
  }

  /** Reports when none was answered for `maxStale`. */
  watchAge(): void {
    if (this.#ageTimer) return;
    const leftMs = this.coherentAt + this.#settings.maxStaleMs - systemClock.read();
    if (leftMs > 0) {
      const check = () => {
        this.#ageTimer = undefined;
        this.watchAge();
      };
      this.#ageTimer = startTimer(check, leftMs, true);
      return;
    }
    this.#hooks.failed(new Error('no heartbeat was answered within maxStale'));
    // The loss may have started it again.
    this.recover();
    this.#hooks.outdated();
  }

  /**
   * Changes are heard of again, or nothing is kept any more.
   * @param coherentAt every change before this time had been heard of, or concerns nothing that is kept
   */
  recover(coherentAt = this.coherentAt): void {
    this.coherentAt = coherentAt;
    this.#ageTimer?.clear();
    this.#ageTimer = undefined;
  }
}
