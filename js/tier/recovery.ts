import { systemClock } from '../time/clock.ts';
import { type BreakerAccess, breakerAccess, type Permit } from './breaker-seam.ts';
import type { TierBreaker, TierSettings } from './tier-options.ts';

/** Decides when the connection is closed after failures, and when another one is opened. */
export class Recovery {
  readonly #settings: TierSettings['breaker'];
  #failures = 0;
  /** The time until the next opening, without jitter. */
  #retryMs: number;
  readonly #permit: Permit = (failed) => {
    if (failed !== undefined) this.#failures = failed ? this.#failures + 1 : 0;
  };

  constructor(settings: TierSettings['breaker']) {
    this.#settings = settings;
    this.#retryMs = settings.recoveryMs;
  }

  /** Permission for an operation or an opening; `undefined` if the store is not to be used. */
  start(): Permit | undefined {
    return this.#permit;
  }

  /** Records the outcome of an operation that was permitted. @param started when, by the clock */
  end(permit: Permit, _started: number, failed: boolean | undefined, _error?: unknown): void {
    permit(failed);
  }

  /** Whether an operation that ended in this error failed. */
  isFailure(_error: unknown): boolean | undefined {
    return true;
  }

  /** Whether the store is not to be used any more. */
  get isOpen(): boolean {
    return this.#failures >= this.#settings.failures;
  }

  /**
   * The connection was closed. Returns the milliseconds until the next opening.
   * @param permit of the opening that failed
   */
  lose(_error: unknown, _permit?: Permit): number {
    const milliseconds = this.#retryMs * (0.5 + Math.random() / 2);
    this.#retryMs = Math.min(2 * this.#retryMs, this.#settings.maxRecoveryMs);
    this.#failures = 0;
    return milliseconds;
  }

  /** A heartbeat was answered. */
  succeed(): void {
    this.#retryMs = this.#settings.recoveryMs;
  }
}

const IGNORED: Permit = () => {};
/** The time between two looks at a breaker that was opened for good. */
const FORCED_MS = 1_000;

/** Follows a `CircuitBreaker` that the tier may share. */
export class SharedRecovery extends Recovery {
  readonly #breaker: TierBreaker;
  readonly #access: BreakerAccess;

  constructor(settings: TierSettings['breaker'], breaker: TierBreaker) {
    super(settings);
    this.#breaker = breaker;
    this.#access = breakerAccess.partsOf(breaker);
  }

  override start(): Permit | undefined {
    // Half-open, the opening is the probe. Once it has succeeded, the operations need no more permission.
    return this.#access.acquire() ?? (this.isOpen ? undefined : IGNORED);
  }

  override end(
    permit: Permit,
    started: number,
    failed: boolean | undefined,
    error?: unknown,
  ): void {
    permit(failed, systemClock.read() - started, error);
  }

  override isFailure(error: unknown): boolean | undefined {
    return this.#access.isFailure(error);
  }

  override get isOpen(): boolean {
    return this.#breaker.state === 'open';
  }

  override lose(error: unknown, permit?: Permit): number {
    const record = permit ?? this.#access.acquire();
    record?.(this.isFailure(error), 0, error);
    const milliseconds = super.lose(error);
    if (!this.isOpen) return milliseconds;
    const { retryAfter } = this.#access.refusal();
    return retryAfter === undefined ? FORCED_MS : retryAfter * 1_000;
  }
}

export function recoveryOf({ breaker, sharedBreaker }: TierSettings): Recovery {
  return sharedBreaker ? new SharedRecovery(breaker, sharedBreaker) : new Recovery(breaker);
}
