import { countOperation } from '../time/clock-users.ts';

interface Keyed {
  readonly key: unknown;
}

/**
 * The flights under way, by their keys as `Map` compares them. Mostly there is no more than one, and it stands apart:
 * an engine makes the table of a `Map` anew whenever the last key leaves it, which took a fifth of a miss.
 */
export class Flights<Flight extends Keyed> {
  /** The one that stands apart: one whose key has nothing stored, so that whoever asks for that joins it. */
  sole: Flight | undefined;
  /** How many callers have joined one. */
  joined = 0;
  readonly #others = new Map<unknown, Flight>();

  get(key: unknown): Flight | undefined {
    return this.#isSole(key) ? this.sole : this.#others.get(key);
  }

  /** @param fresh nothing is stored for the key */
  add(flight: Flight, fresh: boolean): void {
    const { key } = flight;
    // Only a `Map` finds NaN again.
    const apart = this.#isSole(key) || !(this.sole || Number.isNaN(key));
    if (fresh && apart) this.sole = flight;
    else this.#others.set(key, flight);
  }

  /** One more caller has joined one. */
  join(): void {
    this.joined++;
    countOperation();
  }

  delete(key: unknown): void {
    if (this.#isSole(key)) this.sole = undefined;
    // There may be one more, which the lone one has superseded. To look for it where there is none takes as long.
    if (this.#others.size > 0) this.#others.delete(key);
  }

  clear(): void {
    this.sole = undefined;
    this.joined = 0;
    this.#others.clear();
  }

  keys(): unknown[] {
    return [...(this.sole ? [this.sole.key] : []), ...this.#others.keys()];
  }

  #isSole(key: unknown): boolean {
    return this.sole !== undefined && this.sole.key === key;
  }
}
