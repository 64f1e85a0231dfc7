/** A refresh in the background counts as under way for this long. */
const REFRESH_MS = 30_000;

/** A simple model of the flights of a cached function that returns stale values. Times are milliseconds. */
export class StaleFlightsModel {
  /** In the order of their runs. */
  all = [];
  /** By key, the flight that later calls join. Only its result is stored. */
  #attached = new Map();
  #tags;
  #slow;

  /** @param config see `StaleFlightModel` */
  constructor({ tags, slow = Infinity }) {
    this.#tags = tags;
    this.#slow = slow;
  }

  /** @param hasStale there is a stale value that may replace a failure */
  start(key, now, { isRefresh = false, isBackground = false, hasStale }) {
    const run = this.all.length;
    const mayBeSlow = hasStale || isRefresh;
    const flight = {
      ...{ run, id: run + 1, key, began: now, slowAt: mayBeSlow ? now + this.#slow : Infinity },
      ...{ isRefresh, isBackground, hasStale, isSlow: false, isOver: false, isAborted: false },
      /** `{ caller, signal, hadStale }` of each caller. */
      waiting: [],
      /** Whether a caller got a stale value because it takes long: then it goes on without callers. */
      hasAnswered: false,
      /** Tags that were invalidated since it began. */
      fence: new Set(),
    };
    this.#attached.set(key, flight);
    this.all.push(flight);
    return flight;
  }

  /** The flight that a call with this key joins; one that hangs, or may bring an invalidated tag, is forgotten. */
  underWay(key, now) {
    const flight = this.#attached.get(key);
    if (!flight) return undefined;
    const hangs = flight.isBackground && now >= flight.began + REFRESH_MS;
    if (!hangs && flight.fence.size === 0) return flight;
    this.#attached.delete(key);
    return undefined;
  }

  isAttached(flight) {
    return this.#attached.get(flight.key) === flight;
  }

  /** Ends a flight. Returns whether it was attached. */
  end(flight) {
    const isAttached = this.isAttached(flight);
    if (isAttached) this.#attached.delete(flight.key);
    flight.isOver = true;
    return isAttached;
  }

  detach(key) {
    this.#attached.delete(key);
  }

  detachAll() {
    this.#attached.clear();
  }

  /** Tags are invalidated: supersedes the flights with one of them. Where results have tags of their own, any may. */
  fence(tags) {
    for (const [key, flight] of this.#attached) {
      if (this.#tags === 'by result') for (const tag of tags) flight.fence.add(tag);
      else if (this.#tags.some((tag) => tags.includes(tag))) this.#attached.delete(key);
    }
  }
}
