import type { Flight } from './flight.ts';

/*
 * The one who leads a flight does not vanish, so that nobody has to take over: what was started runs to its end here.
 * In Workers `leader-liveness.workerd.ts` replaces this file. Calls of empty functions cost nothing:
 * bundlers leave them out.
 */

/** Whether a leader may vanish. */
export function canLeaderDie(): undefined {}

/** Begins to give the signs of life that followers look for. */
export function startHeartbeat(_flight: Flight, _result: Promise<unknown>): void {}

/** What a caller who joined a flight waits for, where that is not its result as it is. */
export function watchLeader(
  _flight: Flight,
  _result: Promise<unknown>,
  _takeOver: () => unknown,
): undefined {}
