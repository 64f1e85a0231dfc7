import { isObject, readProperty } from '../platform/property.ts';
import { systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import type { Permit } from './breaker-seam.ts';
import { Deadlines } from './deadlines.ts';
import type { Awaitable, Driver } from './driver.ts';
import { type Recovery, recoveryOf } from './recovery.ts';
import type { TierSettings } from './tier-options.ts';

/** What happens to the connection. */
export interface ConnectionHooks {
  /** A key has changed; without a key, all may have. */
  changed(key: string | undefined): void;
  /** The connection was lost. */
  lost(error: unknown): void;
  /** Sends pending changes before the first read on a new connection. */
  flush(): Promise<void>;
  ready(): void;
  /** For `maxStale`, no change could be heard of. */
  outdated(): void;
  failed(error: unknown): void;
}

/** Time for a new connection at least: it takes several trips. */
const MIN_OPEN_MS = 2_000;
/** The longest time between two heartbeats. */
const MAX_HEARTBEAT_MS = 1_000;

/** The code of SQLite for a full database or disk. */
const SQLITE_FULL = 13;

/** The driver's connection: opens it, sees that it is lost, and opens it again. */
export class Connection {
  state: 'new' | 'opening' | 'ready' | 'lost' | 'closed' = 'new';
  /** Whether changes by other processes are heard of, and those by this one. */
  watched: boolean | 'echoes' = false;
  /** Grows when the connection is lost. */
  epoch = 0;
  /** The round trip of the last heartbeat, in milliseconds. */
  lagMs = 0;
  readonly #driver: Driver;
  readonly #settings: TierSettings;
  readonly #hooks: ConnectionHooks;
  readonly #deadlines: Deadlines;
  #opening: Promise<void> | undefined;
  /** Whether a call has waited for the first opening in vain. */
  #wasLate = false;
  readonly #recovery: Recovery;
  /** Of the opening. */
  #permit: Permit | undefined;
  #heartbeatTimer: Timer | undefined;
  #retryTimer: Timer | undefined;
  #outdatedTimer: Timer | undefined;
  /** Every change before this time had been heard of. */
  coherentAt = 0;
  /** The server's time minus the clock's: between these two. */
  #offset = [0, 0] as readonly [least: number, most: number];

  constructor(driver: Driver, settings: TierSettings, hooks: ConnectionHooks) {
    this.#driver = driver;
    this.#settings = settings;
    this.#hooks = hooks;
    this.#recovery = recoveryOf(settings);
    this.#deadlines = new Deadlines(settings.timeoutMs, (error) => this.lose(error));
  }

  /** The latest time that the server's clock may have now, in milliseconds since 1970. */
  get serverTime(): number {
    return systemClock.read() + this.#offset[1];
  }

  /**
   * Whether operations may be started. Waits for the first connection for at most `timeout`, unless a call has waited for that
   * time before. The opening goes on after that.
   * @param isPatient waits for each connection
   */
  isReady(isPatient = false): boolean | Promise<boolean> {
    if (this.state === 'ready') {
      if (!this.#recovery.isOpen) return true;
      // Closed, so that what changes meanwhile is sent before the next read.
      this.lose(new Error('the circuit breaker is open'));
    }
    if (this.state === 'new') this.start();
    const isFirst = this.epoch === 0 && !this.#wasLate;
    if (!this.#opening || this.state !== 'opening' || !(isFirst || isPatient)) return false;
    return this.#waitFor(this.#opening);
  }

  #waitFor(opening: Promise<void>): Promise<boolean> {
    return new Promise((resolve) => {
      const late = () => {
        this.#wasLate = true;
        resolve(false);
      };
      const timer = startTimer(late, this.#settings.timeoutMs);
      void opening.then(() => {
        timer.clear();
        resolve(this.state === 'ready');
      });
    });
  }

  start(): void {
    if (this.state === 'new') this.#opening = this.#open();
  }

  /** The result of an operation of the driver. Rejects if there is no connection, and after `timeout`. */
  async run<T>(operation: () => Awaitable<T>): Promise<T> {
    if (this.state !== 'ready') throw new Error('there is no connection');
    return this.#attempt(operation);
  }

  async #attempt<T>(operation: () => Awaitable<T>): Promise<T> {
    const { epoch } = this;
    const recovery = this.#recovery;
    const record = recovery.start();
    if (!record) throw new Error('the circuit breaker is open');
    const started = systemClock.read();
    try {
      const result = await this.#deadlines.limit(this.#start(operation));
      record(false, systemClock.read() - started);
      return result;
    } catch (error) {
      const isCounted = epoch === this.epoch && !isFull(error);
      const failed = isCounted ? recovery.isFailure(error) : undefined;
      record(failed, systemClock.read() - started, error);
      if (isCounted && recovery.isOpen) this.lose(error);
      this.#hooks.failed(error);
      throw error;
    }
  }

  async #start<T>(operation: () => Awaitable<T>): Promise<T> {
    return operation();
  }

  async #open(): Promise<void> {
    this.#permit = this.#recovery.start();
    if (!this.#permit) return this.#retryLater(new Error('the circuit breaker is open'));
    this.state = 'opening';
    const { epoch } = this;
    const isCurrent = () => epoch === this.epoch;
    const watcher = {
      changed: (key?: string) => {
        if (isCurrent()) this.#hooks.changed(key);
      },
      lost: (error?: unknown) => {
        if (isCurrent()) this.lose(error);
      },
    };
    const limit = startTimer(
      () => {
        if (isCurrent() && this.state === 'opening') this.lose(new Error('no connection in time'));
      },
      Math.max(MIN_OPEN_MS, 4 * this.#settings.timeoutMs),
      true,
    );
    try {
      const watched = (await this.#driver.open?.(watcher)) ?? false;
      if (!isCurrent()) return;
      this.watched = watched;
      await this.#sendHeartbeat();
      // What this process has changed before is written first.
      if (isCurrent()) await this.#hooks.flush();
      if (!isCurrent()) return;
      this.state = 'ready';
      this.#permit(false);
      this.#permit = undefined;
      this.#outdatedTimer?.clear();
      this.#outdatedTimer = undefined;
      this.#hooks.ready();
      this.#watchAge();
      this.#scheduleHeartbeat();
    } catch (error) {
      if (isCurrent()) this.lose(error);
    } finally {
      limit.clear();
    }
  }

  /** Runs an operation before the connection is ready. */
  prepare<T>(operation: () => Awaitable<T>): Promise<T> {
    return this.#deadlines.limit(this.#start(operation));
  }

  async #sendHeartbeat(): Promise<void> {
    const sent = systemClock.read();
    const time = await this.#driver.time();
    const received = systemClock.read();
    this.#offset = [time - received, time - sent];
    this.lagMs = received - sent;
    this.coherentAt = sent;
  }

  get #heartbeatMs(): number {
    return Math.min(MAX_HEARTBEAT_MS, this.#settings.maxStaleMs / 3);
  }

  #scheduleHeartbeat(): void {
    const { epoch } = this;
    this.#heartbeatTimer = startTimer(
      () => {
        if (epoch !== this.epoch) return;
        const { timeoutMs } = this.#settings;
        let isOver = false;
        const fail = (error: unknown) => {
          if (!isOver && epoch === this.epoch) this.lose(error);
          isOver = true;
        };
        // A second turn, so that an answer that waits in the socket is read.
        const late = () =>
          startTimer(
            () => fail(new Error(`no answer to a heartbeat within ${timeoutMs} ms`)),
            0,
            true,
          );
        const limit = startTimer(late, timeoutMs, true);
        this.#sendHeartbeat()
          .then(() => {
            isOver = true;
            if (epoch === this.epoch) {
              this.#recovery.succeed();
              this.#scheduleHeartbeat();
            }
          }, fail)
          .finally(() => limit.clear());
      },
      this.#heartbeatMs,
      true,
    );
  }

  /** Expires what is in the first tiers `maxStale` after the last answered heartbeat. */
  #watchAge(): void {
    if (this.#outdatedTimer || !this.watched) return;
    const check = () => {
      this.#outdatedTimer = undefined;
      const left = this.coherentAt + this.#settings.maxStaleMs - systemClock.read();
      if (left > 0) {
        this.#outdatedTimer = startTimer(check, left, true);
        return;
      }
      const { state } = this;
      if (state === 'closed') return;
      if (state === 'ready') this.lose(new Error('no heartbeat was answered within maxStale'));
      // `lose` may have started it again.
      (this.#outdatedTimer as Timer | undefined)?.clear();
      this.#outdatedTimer = undefined;
      this.#hooks.outdated();
    };
    check();
  }

  /** Closes the connection, and opens another one later. */
  lose(error: unknown): void {
    if (this.state === 'lost' || this.state === 'closed') return;
    const wasReady = this.state === 'ready';
    this.epoch++;
    this.state = 'lost';
    this.#heartbeatTimer?.clear();
    void this.#close();
    this.#deadlines.failAll(error);
    this.#retryLater(error);
    if (wasReady) {
      this.#hooks.lost(error);
      this.#watchAge();
    } else this.#hooks.failed(error);
  }

  #retryLater(error: unknown): void {
    this.state = 'lost';
    const open = () => {
      if (this.state === 'lost') this.#opening = this.#open();
    };
    this.#retryTimer = startTimer(open, this.#recovery.lose(error, this.#permit), true);
    this.#permit = undefined;
  }

  /** Ends the connection for good, when the operations under way have settled, at most after `timeout`. */
  async close(underWay: Promise<unknown>): Promise<void> {
    if (this.state === 'closed') return;
    await this.#deadlines.limit(underWay).catch(() => {});
    this.epoch++;
    this.state = 'closed';
    for (const timer of [this.#heartbeatTimer, this.#retryTimer, this.#outdatedTimer])
      timer?.clear();
    await this.#close();
    this.#deadlines.failAll(new Error('the tier is closed'));
  }

  async #close(): Promise<void> {
    try {
      await this.#driver.close?.();
    } catch (error) {
      this.#hooks.failed(error);
    }
  }
}

/** Whether a store refuses a write because it is full. Removals still work. */
export function isFull(error: unknown): boolean {
  if (!isObject(error)) return false;
  const [message, code, sqliteCode] = ['message', 'code', 'errcode'].map((name) =>
    readProperty(error, name),
  );
  // `node:sqlite` has the extended code of SQLite, whose lowest byte is the code.
  return (
    code === 'SQLITE_FULL' ||
    (typeof sqliteCode === 'number' && (sqliteCode & 0xff) === SQLITE_FULL) ||
    /^(OOM|SQLITE_FULL)\b|^database or disk is full/.test(String(message))
  );
}
