import type { Flight } from './flight.ts';

/** Milliseconds between two signs of life, and between two looks for one. */
const BEAT = 1_000;
/** Without a sign for so long, the leader is gone. */
const GONE = 3_000;

const lastBeats = new WeakMap<Flight, number>();

/**
 * Workers end what a request has started when the request ends, its Promises never settle, and nobody is told. So who
 * leads gives signs of life, by a timer that ends with the request, too.
 */
export function lead(flight: Flight, result: Promise<unknown>): void {
  const beat = () => lastBeats.set(flight, Date.now());
  beat();
  const timer = setInterval(beat, BEAT);
  const stop = () => clearInterval(timer);
  result.then(stop, stop);
}

/** What a caller who joined waits for: the flight's result, or, when its leader is gone, that of a flight of its own. */
export function follow(
  flight: Flight,
  result: Promise<unknown>,
  takeOver: () => unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (Date.now() - (lastBeats.get(flight) ?? 0) <= GONE) return;
      stop();
      flight.abandon(new Error('The request that led this call has ended'));
      resolve(takeOver());
    }, BEAT);
    const stop = () => clearInterval(timer);
    result.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error) => {
        stop();
        reject(error);
      },
    );
  });
}
