import { spendOther } from '../time/lease.ts';

interface Keyed {
  readonly key: unknown;
}

/**
 * The flights under way, by their keys as `Map` compares them. Mostly there is no more than one, and it stands apart:
 * an engine makes the table of a `Map` anew whenever the last key leaves it, which took a fifth of a miss.
 */
export class Flights<Flight extends Keyed> {
  /** The one that stands apart: one whose key has nothing stored, so that whoever asks for that joins it. */
  lone: Flight | undefined;
  /** How many callers have joined one. */
  joined = 0;
  readonly #others = new Map<unknown, Flight>();

  get(key: unknown): Flight | undefined {
    return this.#isLone(key) ? this.lone : this.#others.get(key);
  }

  /** @param fresh nothing is stored for the key */
  add(flight: Flight, fresh: boolean): void {
    const { key } = flight;
    // Only a `Map` finds NaN again.
    const apart = this.#isLone(key) || !(this.lone || Number.isNaN(key));
    if (fresh && apart) this.lone = flight;
    else this.#others.set(key, flight);
  }

  /** One more caller has joined one. */
  join(): void {
    this.joined++;
    spendOther();
  }

  delete(key: unknown): void {
    if (this.#isLone(key)) this.lone = undefined;
    // There may be one more, which the lone one has superseded. To look for it where there is none takes as long.
    if (this.#others.size > 0) this.#others.delete(key);
  }

  clear(): void {
    this.lone = undefined;
    this.joined = 0;
    this.#others.clear();
  }

  keys(): unknown[] {
    return [...(this.lone ? [this.lone.key] : []), ...this.#others.keys()];
  }

  #isLone(key: unknown): boolean {
    return this.lone !== undefined && this.lone.key === key;
  }
}
