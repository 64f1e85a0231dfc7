import type { Flight } from './flight.ts';

/** Milliseconds between two signs of life, and between two looks for one. */
const BEAT = 1_000;
/** Without a sign for so long, the leader is gone. */
const GONE = 3_000;
/** Callers of one flight who look: the others learn it from them. A request may have 10,000 timers, and no more. */
const WATCHERS = 100;

interface Watch {
  /** When the leader gave its last sign. */
  beat: number;
  /** When somebody last looked for one, and how many do. */
  look: number;
  watchers: number;
  /** Tell those who follow that the leader is gone. */
  readonly informs: Set<() => void>;
}

const watches = new WeakMap<Flight, Watch>();

/**
 * Workers end what a request has started when the request ends, its Promises never settle, and nobody is told. So who
 * leads gives signs of life, by a timer that ends with the request, too.
 */
export function lead(flight: Flight, result: Promise<unknown>): void {
  const watch: Watch = { beat: Date.now(), look: 0, watchers: 0, informs: new Set() };
  const stop = every(() => {
    watch.beat = Date.now();
  });
  // One that can give no signs is never missed.
  if (!stop) return;
  watches.set(flight, watch);
  result.then(stop, stop);
}

/** What a caller who joined waits for: the flight's result, or, when its leader is gone, that of a flight of its own. */
export function follow(
  flight: Flight,
  result: Promise<unknown>,
  takeOver: () => unknown,
): Promise<unknown> {
  const watch = watches.get(flight);
  if (!watch) return result;
  return new Promise((resolve, reject) => {
    const stop = observe(watch, flight);
    // Each has a Promise of its own for it: what waits for another request's runs when, and if, that request does.
    const gone = new Promise<void>((inform) => {
      watch.informs.add(inform);
      result
        .finally(() => {
          stop();
          watch.informs.delete(inform);
        })
        .then(resolve, reject);
    });
    void gone.then(() => {
      stop();
      resolve(takeOver());
    });
  });
}

/** Looks for the leader's signs, unless enough others do; returns what ends that. */
function observe(watch: Watch, flight: Flight): () => void {
  const now = Date.now();
  if (watch.watchers >= WATCHERS && now - watch.look < GONE) return () => {};
  watch.look = now;
  const stop = every(() => {
    watch.look = Date.now();
    if (watch.look - watch.beat <= GONE) return;
    flight.abandon(new Error('The request that led this call has ended'));
    for (const inform of watch.informs) inform();
  });
  if (!stop) return () => {};
  watch.watchers++;
  return () => {
    watch.watchers--;
    stop();
  };
}

/** Runs something each beat, as long as the present request lasts; `undefined` where no more timers are to be had. */
function every(action: () => void): (() => void) | undefined {
  try {
    const timer = setInterval(action, BEAT);
    return () => clearInterval(timer);
  } catch {
    return undefined;
  }
}
