import type { Flight } from './flight.ts';

/*
 * The leader of a flight cannot die: a call that has started runs to its end in this runtime. In Workers
 * `leader-liveness.workerd.ts` replaces this file. Bundlers remove calls of empty functions.
 */

/** Whether a leader can die before its flight ends. */
export function canLeaderDie(): undefined {}

/** Whether the leader of a flight has died. */
export function isLeaderGone(_flight: Flight): undefined {}

/** Starts the heartbeat that waiters watch. */
export function startHeartbeat(_flight: Flight, _result: Promise<unknown>): void {}

/** The Promise for a waiter, if it has to watch the leader. */
export function watchLeader(
  _flight: Flight,
  _result: Promise<unknown>,
  _takeOver: () => unknown,
): undefined {}
