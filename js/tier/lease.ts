import { startTimer, type Timer } from '../time/timer.ts';
import type { TierCore } from './tier-core.ts';
import { newToken } from './value-name.ts';

/** Whose flight has the lease. */
export interface LeaseHolder {
  /** Whether it gives the lease up, as its run may never end. */
  readonly isLost: boolean;
  /** Called once the lease is another's, was removed by a change of the key, or is given up. */
  loseLease(): void;
}

/** The right of one flight to store the result of a key. The process that has it renews it while the function runs. */
export class Lease {
  /** Also that of the value that is stored with it. */
  readonly token = newToken();
  readonly #core: TierCore;
  readonly #storeKey: string;
  readonly #holder: LeaseHolder;
  #isKept = false;
  #timer: Timer | undefined;

  constructor(core: TierCore, storeKey: string, holder: LeaseHolder) {
    this.#core = core;
    this.#storeKey = storeKey;
    this.#holder = holder;
  }

  /** Takes it; see {@link Leases.acquire}. */
  acquire(seen: Uint8Array | undefined, takeOver: boolean): Promise<Uint8Array | number> {
    const { connection, leases, settings } = this.#core;
    const { leaseMs } = settings;
    return connection.run(() =>
      leases.acquire(this.#storeKey, this.token, leaseMs, seen, takeOver),
    );
  }

  /** Renews it from now on. */
  keep(): void {
    this.#isKept = true;
    this.#renewLater();
  }

  #renewLater(): void {
    this.#timer?.clear();
    this.#timer = startTimer(() => void this.renew(), this.#core.settings.leaseMs / 3, true);
  }

  async renew(): Promise<void> {
    const { connection, leases, settings } = this.#core;
    if (!this.#isKept) return;
    if (this.#holder.isLost) return this.#holder.loseLease();
    const { leaseMs } = settings;
    let isHeld = false;
    try {
      isHeld = await connection.run(() => leases.renew(this.#storeKey, this.token, leaseMs));
    } catch {
      isHeld = true;
    }
    if (!this.#isKept) return;
    if (isHeld) this.#renewLater();
    else this.#holder.loseLease();
  }

  /** Asks whether a change that was heard of has taken it away. Rejects if the store does not answer. */
  async verify(): Promise<void> {
    const { connection, leases } = this.#core;
    const isHeld = await connection.run(() => leases.renew(this.#storeKey, this.token, 0));
    if (!isHeld && this.#isKept) this.#holder.loseLease();
  }

  /** Renews it no more. */
  stop(): void {
    this.#isKept = false;
    this.#timer?.clear();
  }

  /** Gives it to the next process that waits. */
  release(): void {
    this.stop();
    const { connection, leases } = this.#core;
    const released = connection.run(() => leases.release(this.#storeKey, this.token));
    void this.#core.track(released).catch(() => {});
  }
}
