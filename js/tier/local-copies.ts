import { systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import type { Watcher } from './driver.ts';

/** What of a key has changed in the store; `undefined`: either. */
export type ChangedPart = Parameters<Watcher['changed']>[1];

/** A key of the store that this process knows in the first tier of a function. */
export interface Registered {
  /** The function. */
  readonly bound: object;
  /**
   * Its value or its lease may have been changed by another process.
   * @param isSure it was changed by another function in this process, which the store may not tell
   */
  changed(isSure?: boolean, part?: ChangedPart): void;
  /** There is a new connection. Changes may have been missed before. */
  recheck(): void;
  /** For `maxStale`, no change could be heard of. */
  expireUnverified(): void;
  /** Removes what the first tier has. */
  drop(): void;
  /** Whether the first tier still has an entry or a flight. */
  isPresent(): boolean;
}

/** The keys of the store that the first tiers of this process have, by key. */
export class LocalCopies {
  readonly #registered = new Map<
    string,
    { readonly owner: object; readonly entry: Registered }[]
  >();
  #pruneAt = 64;
  #size = 0;
  /** Entries to drop, the next one first. */
  readonly #dropQueue: { readonly at: number; readonly entry: Registered }[] = [];
  #dropTimer: Timer | undefined;

  /** @param owner has one entry at most for a key */
  register(key: string, owner: object, entry: Registered): void {
    const entries = this.#registered.get(key) ?? [];
    if (entries.length === 0) this.#registered.set(key, entries);
    // Few: the functions that have the key, and their flights.
    const index = entries.findIndex((other) => other.owner === owner);
    if (index >= 0) entries[index] = { owner, entry };
    else {
      entries.push({ owner, entry });
      this.#size++;
    }
    if (this.#size >= this.#pruneAt) this.#prune(entry);
  }

  unregister(key: string, owner: object): void {
    const entries = this.#registered.get(key);
    const index = entries?.findIndex((other) => other.owner === owner) ?? -1;
    if (!entries || index < 0) return;
    this.#size--;
    if (entries.length === 1) this.#registered.delete(key);
    else entries.splice(index, 1);
  }

  isRegistered(key: string, entry: Registered): boolean {
    return this.of(key).includes(entry);
  }

  /** The first tier does not report evictions: dropped entries are unregistered in batches. */
  #prune(latest: Registered): void {
    for (const [key, entries] of this.#registered) {
      for (const { owner, entry } of [...entries]) {
        if (entry !== latest && !entry.isPresent()) this.unregister(key, owner);
      }
    }
    this.#pruneAt = 2 * this.#size + 64;
  }

  /** Those of one key. */
  of(key: string): Registered[] {
    return (this.#registered.get(key) ?? []).map(({ entry }) => entry);
  }

  *all(): Generator<Registered> {
    for (const key of [...this.#registered.keys()]) yield* this.of(key);
  }

  /** A function of this process has changed a key. The copies of other ones, which may have the same name, are outdated. */
  changedHere(key: string, bound: object | undefined): void {
    for (const entry of this.of(key)) {
      if (entry.bound !== bound) entry.changed(true);
    }
  }

  /**
   * Removes an entry from the first tier when it is no longer known to be current, as nothing tells whether it changes.
   * @param leftMs from now
   */
  dropAfter(leftMs: number, entry: Registered): void {
    const at = systemClock.read() + leftMs;
    const queue = this.#dropQueue;
    let index = queue.length;
    while (index > 0 && (queue[index - 1] as { at: number }).at > at) index--;
    queue.splice(index, 0, { at, entry });
    if (index === 0) this.#dropLater(leftMs);
  }

  #dropLater(milliseconds: number): void {
    this.#dropTimer?.clear();
    this.#dropTimer = startTimer(() => this.#dropDue(), milliseconds, true);
  }

  #dropDue(): void {
    const now = systemClock.read();
    const queue = this.#dropQueue;
    const index = queue.findIndex(({ at }) => at > now);
    const due = queue.splice(0, index < 0 ? queue.length : index);
    for (const { entry } of due) entry.drop();
    const [next] = queue;
    if (next) this.#dropLater(next.at - now);
  }

  close(): void {
    this.#dropTimer?.clear();
  }
}
