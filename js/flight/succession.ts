import type { Flight } from './flight.ts';

/**
 * Whether the one who leads a flight may vanish, so that somebody has to take over: not here, where what was started
 * runs to its end. `succession.workerd.ts` takes the place of this file where it may.
 */
export function lead(_flight: Flight, _result: Promise<unknown>): void {}

/** What a caller who joined a flight waits for. */
export function follow(
  _flight: Flight,
  result: Promise<unknown>,
  _takeOver: () => unknown,
): Promise<unknown> {
  return result;
}
