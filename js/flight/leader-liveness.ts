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

/**
 * Watches the current request, which may end before its call does. Returns a function that stops this; `undefined` where
 * that cannot happen.
 * @param _end called by {@link endLost} if the request has ended
 * @param _onBeat called at each heartbeat
 */
export function watchRequest(
  _owner: object,
  _end: () => void,
  _onBeat?: () => void,
): (() => void) | undefined {
  return undefined;
}

/** Ends what belongs to requests that have ended. */
export function endLost(_owner: object): void {}
