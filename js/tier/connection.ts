import { describeError } from '../options/messages.ts';
import { isThenable } from '../platform/thenable.ts';
import { systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import type { Permit } from './breaker-seam.ts';
import { Deadlines } from './deadlines.ts';
import type { Awaitable, Driver } from './driver.ts';
import { isFull } from './full-store.ts';
import { Heartbeat } from './heartbeat.ts';
import type { ChangedPart } from './local-copies.ts';
import { type Recovery, recoveryOf } from './recovery.ts';
import type { TierSettings } from './tier-options.ts';

/** What happens to the connection. */
export interface ConnectionHooks {
  /** A key has changed; without a key, all may have. */
  changed(key: string | undefined, part: ChangedPart): void;
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

/** The driver's connection: opens it, sees that it is lost, and opens it again. */
export class Connection {
  state: 'new' | 'opening' | 'ready' | 'lost' | 'closed' = 'new';
  /** Whether changes by other processes are heard of, and those by this one. */
  watched: boolean | 'echoes' = false;
  /** Grows when the connection is lost. */
  epoch = 0;
  /** That of the last connection that was ready. */
  #readyEpoch = -1;
  readonly #driver: Driver;
  readonly #settings: TierSettings;
  readonly #hooks: ConnectionHooks;
  readonly #deadlines: Deadlines;
  readonly #heartbeat: Heartbeat;
  #opening: Promise<void> | undefined;
  /** Whether a call has waited for the first opening in vain. */
  #wasLate = false;
  readonly #recovery: Recovery;
  #lostBy: unknown;
  /** Of the opening. */
  #permit: Permit | undefined;
  #retryTimer: Timer | undefined;

  constructor(driver: Driver, settings: TierSettings, hooks: ConnectionHooks) {
    this.#driver = driver;
    this.#settings = settings;
    this.#hooks = hooks;
    this.#recovery = recoveryOf(settings);
    this.#heartbeat = new Heartbeat(driver, settings, {
      failed: (error) => {
        if (this.state === 'ready') this.lose(error);
      },
      answered: () => this.#recovery.succeed(),
      outdated: () => hooks.outdated(),
    });
    this.#deadlines = new Deadlines(settings.timeoutMs, (error) => this.lose(error));
  }

  /** The latest time that the server's clock may have now, in milliseconds since 1970. */
  get serverTime(): number {
    return this.#heartbeat.serverTime;
  }

  /** The earliest time that the server's clock may have now, in milliseconds since 1970. */
  get earliestServerTime(): number {
    return this.#heartbeat.earliestServerTime;
  }

  /** Whether each change by another process is heard of at once. */
  get isCoherent(): boolean {
    return this.state === 'ready' && this.watched !== false;
  }

  /**
   * The time up to which every change had been heard of since the connection was in an epoch; 0 if that is unknown.
   */
  heardUpTo(epoch: number): number {
    return this.watched && epoch === this.#readyEpoch ? this.#heartbeat.coherentAt : 0;
  }

  /** The round trip of the last heartbeat, in milliseconds. */
  get lagMs(): number {
    return this.#heartbeat.lagMs;
  }

  /**
   * Whether operations may be started. Waits for the first connection for at most `timeout`, unless a call has waited for that
   * time before. The opening goes on after that.
   * @param isPatient waits for each connection
   */
  isReady(isPatient = false): boolean | Promise<boolean> {
    if (this.state === 'ready') {
      if (!this.#recovery.isOpen) return true;
      // Closed: changes that fail until the next connection are made again before it is read from.
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

  /** The error of an operation that has no connection, with what ended the last one. */
  unready(): Error {
    const cause = this.#lostBy;
    const reason = cause === undefined ? '' : `: ${describeError(cause)}`;
    return new Error(`there is no connection${reason}`, { cause });
  }

  /** The result of an operation of the driver. Rejects if there is no connection, and after `timeout`. */
  async run<T>(operation: () => Awaitable<T>): Promise<T> {
    if (this.state !== 'ready') throw this.unready();
    const { epoch } = this;
    const recovery = this.#recovery;
    const record = recovery.start();
    if (!record) throw new Error('the circuit breaker is open');
    const started = systemClock.read();
    try {
      const answer = operation();
      const result = isThenable(answer) ? await this.#deadlines.limit(answer, started) : answer;
      recovery.end(record, started, false);
      return result;
    } catch (error) {
      const isCounted = epoch === this.epoch && !isFull(error);
      const failed = isCounted ? recovery.isFailure(error) : undefined;
      recovery.end(record, started, failed, error);
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
      changed: (key?: string, part?: ChangedPart) => {
        if (isCurrent()) this.#hooks.changed(key, part);
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
      const sent = await this.#heartbeat.send();
      // What this process has changed before is written first.
      if (isCurrent()) await this.#hooks.flush();
      if (!isCurrent()) return;
      this.state = 'ready';
      this.#readyEpoch = epoch;
      this.#permit(false);
      this.#permit = undefined;
      // Not earlier: what is kept from before is verified only now.
      this.#heartbeat.recover(sent);
      this.#hooks.ready();
      if (watched) this.#heartbeat.watchAge();
      this.#heartbeat.start();
    } catch (error) {
      if (isCurrent()) this.lose(error);
    } finally {
      limit.clear();
    }
  }

  /** Runs an operation before the connection is ready. */
  prepare<T>(operation: () => Awaitable<T>): Promise<T> {
    return this.#deadlines.limit(this.#start(operation), systemClock.read());
  }

  /** Closes the connection, and opens another one later. */
  lose(error: unknown): void {
    if (this.state === 'lost' || this.state === 'closed') return;
    const wasReady = this.state === 'ready';
    this.#lostBy = error;
    this.epoch++;
    this.state = 'lost';
    this.#heartbeat.stop();
    void this.#close();
    this.#deadlines.failAll(error);
    this.#retryLater(error);
    if (wasReady) {
      this.#hooks.lost(error);
      if (this.watched) this.#heartbeat.watchAge();
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
    await this.#deadlines.limit(underWay, systemClock.read()).catch(() => {});
    this.epoch++;
    this.state = 'closed';
    this.#heartbeat.stop();
    this.#heartbeat.recover();
    this.#retryTimer?.clear();
    await this.#deadlines.limit(this.#close(), systemClock.read()).catch(() => {});
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
