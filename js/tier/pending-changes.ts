import { TierError } from '../errors/tier-error.ts';
import type { Connection } from './connection.ts';
import type { Awaitable, Driver } from './driver.ts';
import { isFull } from './full-store.ts';

/** A change of the store. */
export interface Change {
  /** The key in the store. A change replaces an earlier one of its key that has not been made. */
  readonly key: string;
  /** For the error. */
  readonly action: string;
  readonly functionName: string;
  run(): Awaitable<unknown>;
  /** Whether it takes several trips: changes of its key, and later changes after a loss, wait for it. */
  readonly isLong?: boolean;
  /** Whether it is made before all other changes after a loss. */
  readonly isFirst?: boolean;
  /** The change that removes all results of the function: too many changes that are pending are replaced by it. */
  readonly clearing?: Change;
}

/** Maximum number of pending changes, except tags of all functions of a tier. */
const MAX_PENDING = 100_000;

/** Maximum number of changes that are sent at a time. */
const BATCH = 500;

/** The changes that this process makes. One that fails is made again before anything is read on the next connection. */
export class PendingChanges {
  readonly #driver: Driver;
  readonly #connection: Connection;
  readonly #pending = new Map<string, Change>();
  /** By key, until all changes so far have settled. */
  readonly #underWay = new Map<string, Promise<unknown>>();
  readonly #long = new Map<string, Promise<unknown>>();
  #limit = MAX_PENDING;

  constructor(driver: Driver, connection: Connection) {
    this.#driver = driver;
    this.#connection = connection;
  }

  /** Resolves once the changes of a key have settled; `undefined` if there are none. */
  underWay(key: string): Promise<unknown> | undefined {
    return this.#underWay.get(key);
  }

  /** Changes the store. Rejects with a {@link TierError} if that fails; then it is done again once there is a connection. */
  make(change: Change): Promise<unknown> {
    const { key, isLong } = change;
    // Changes with one trip arrive in their order.
    const earlier = (isLong ? this.#underWay : this.#long).get(key);
    const made = earlier ? earlier.then(() => this.#make(change)) : this.#make(change);
    note(this.#underWay, key, made);
    if (isLong) note(this.#long, key, made);
    return made;
  }

  async #make(change: Change): Promise<unknown> {
    const connection = this.#connection;
    const { action, functionName } = change;
    let isReady = false;
    try {
      isReady = await connection.isReady(true);
      if (!isReady) throw connection.unready();
      return await connection.run(change.run);
    } catch (cause) {
      // A full store refuses a new value each time. A removal must not be forgotten.
      const isRefused = action === 'put' && isFull(cause);
      if (!isRefused && connection.state !== 'closed') {
        this.#keep(change);
        // An opening that takes longer goes on, and sends the change.
        if (isReady) connection.lose(cause);
      }
      throw new TierError(action, { functionName, cause });
    }
  }

  #keep(change: Change): void {
    const pending = this.#pending;
    // Deleted first: the last change of a key goes to the end.
    pending.delete(change.key);
    pending.set(change.key, change);
    if (pending.size > this.#limit) this.#clearInstead();
  }

  /** Replaces the changes of each function by one that removes all its results. */
  #clearInstead(): void {
    const pending = this.#pending;
    const clearings = new Set<Change>();
    for (const [key, { clearing }] of pending) {
      if (!clearing) continue;
      clearings.add(clearing);
      pending.delete(key);
    }
    for (const clearing of clearings) {
      pending.delete(clearing.key);
      pending.set(clearing.key, clearing);
    }
    this.#limit = pending.size + MAX_PENDING;
  }

  /** Makes the changes that have failed. */
  async flush(): Promise<void> {
    while (this.#pending.size > 0) {
      const all = [...this.#pending.values()];
      await Promise.all(all.filter(({ isFirst }) => isFirst).map((change) => this.#repeat(change)));
      let sent: Promise<void>[] = [];
      for (const change of all) {
        if (change.isFirst) continue;
        if (change.isLong || sent.length === BATCH) {
          await Promise.all(sent);
          sent = [];
        }
        const made = this.#repeat(change);
        // Another one may fail first.
        made.catch(() => {});
        if (change.isLong) await made;
        else sent.push(made);
      }
      await Promise.all(sent);
    }
    this.#limit = MAX_PENDING;
  }

  async #repeat(change: Change): Promise<void> {
    const { key } = change;
    const connection = this.#connection;
    try {
      await connection.prepare(change.run);
    } catch (error) {
      if (!change.isLong) throw error;
      // The store may refuse the value each time. The old one must not stay; this fails if the connection is lost.
      await connection.prepare(() => this.#driver.delete(key));
    }
    if (this.#pending.get(key) === change) this.#pending.delete(key);
  }

  clear(): void {
    this.#pending.clear();
  }
}

/** Notes that a change is under way, after those before it. */
function note(all: Map<string, Promise<unknown>>, key: string, made: Promise<unknown>): void {
  const settled: Promise<unknown> = Promise.allSettled([all.get(key), made]).then(() => {
    if (all.get(key) === settled) all.delete(key);
  });
  all.set(key, settled);
}
