import { countOperation } from '../time/cached-time.ts';

/** A flight, as the cache sees it. */
export interface Fenced {
  readonly key: unknown;
  /** Tags are invalidated: no caller joins it if its result may have one of them, and a result that has one is not stored. */
  fence(tags: ReadonlySet<string>): void;
  /** Called once the flight is no longer listed: later calls do not join it, and its result is not stored. May call user code. */
  onDetached(): void;
}

/**
 * The current flights by key, compared as `Map` compares keys. Usually there is only one, which is kept outside the
 * `Map`: engines rebuild the table of a `Map` whenever its last key is deleted, which took a fifth of a miss.
 */
export class Flights<Flight extends Fenced> {
  /** The flight outside the `Map`. Nothing is stored for its key, so a call with that key joins it. */
  sole: Flight | undefined;
  /** The number of callers that have joined a flight. */
  joined = 0;
  readonly #others = new Map<unknown, Flight>();

  get(key: unknown): Flight | undefined {
    return this.#isSole(key) ? this.sole : this.#others.get(key);
  }

  /** Lists a flight instead of the one with its key. @param isMissing nothing is stored for the key */
  add(flight: Flight, isMissing: boolean): void {
    const { key } = flight;
    const superseded = this.#remove(key);
    // Only a `Map` finds NaN.
    if (isMissing && !(this.sole || Number.isNaN(key))) this.sole = flight;
    else this.#others.set(key, flight);
    superseded?.onDetached();
  }

  /** Counts a caller that joins a flight. */
  join(): void {
    this.joined++;
    countOperation();
  }

  delete(key: unknown): void {
    this.#remove(key)?.onDetached();
  }

  /** Fences the flights that `owns` accepts. */
  fence(tags: ReadonlySet<string>, owns: (key: unknown) => boolean): void {
    for (const flight of this.#all()) if (owns(flight.key)) flight.fence(tags);
  }

  /** Deletes the flights that `owns` accepts. */
  deleteOwned(owns: (key: unknown) => boolean): void {
    for (const { key } of this.#all()) if (owns(key)) this.delete(key);
  }

  clear(): void {
    const all = this.#all();
    this.sole = undefined;
    this.joined = 0;
    this.#others.clear();
    for (const flight of all) flight.onDetached();
  }

  #remove(key: unknown): Flight | undefined {
    const { sole } = this;
    if (sole && this.#isSole(key)) {
      this.sole = undefined;
      return sole;
    }
    // Usually there is none. The check avoids a slow lookup.
    if (this.#others.size === 0) return undefined;
    const flight = this.#others.get(key);
    this.#others.delete(key);
    return flight;
  }

  #all(): Flight[] {
    const others = [...this.#others.values()];
    return this.sole ? [this.sole, ...others] : others;
  }

  #isSole(key: unknown): boolean {
    return this.sole !== undefined && this.sole.key === key;
  }
}
