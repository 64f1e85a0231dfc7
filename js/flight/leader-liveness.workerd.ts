import type { Flight } from './flight.ts';

/** The interval between two heartbeats, and between two checks for one. */
const HEARTBEAT_MS = 1_000;
/** Without a heartbeat for this long, the leader is dead. */
const LEADER_TIMEOUT_MS = 3_000;

/** A leader dies when its request ends. */
export function canLeaderDie(): boolean {
  return true;
}

/** Whether the leader of a flight has died. */
export function isLeaderGone(flight: Flight): boolean {
  return Date.now() - (lastHeartbeats.get(flight) ?? Infinity) > LEADER_TIMEOUT_MS;
}

/** The time of the last heartbeat of each flight. */
const lastHeartbeats = new WeakMap<Flight, number>();

/**
 * Workers stop the work of a request when the request ends: its Promises never settle, and no event tells. So the
 * leader sends heartbeats by a timer, which ends with the request, too.
 */
export function startHeartbeat(flight: Flight, result: Promise<unknown>): void {
  let isSettled = false;
  const beat = () => {
    lastHeartbeats.set(flight, Date.now());
    // A flight that has a response stays attached until the body is complete.
    if (isSettled && !flight.isAttached) stop?.();
  };
  const stop = onHeartbeat(beat);
  // Without a timer there are no heartbeats to miss.
  if (!stop) return;
  beat();
  const settle = () => {
    isSettled = true;
    beat();
  };
  result.then(settle, settle);
}

/**
 * The Promise for a waiter: the flight's result or, if the leader dies, that of the waiter's own flight.
 */
export function watchLeader(
  flight: Flight,
  result: Promise<unknown>,
  takeOver: () => unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = onHeartbeat(() => {
      if (!isLeaderGone(flight)) return;
      stop?.();
      abandon(flight, new Error('The request that led this call has ended'));
      resolve(takeOver());
    });
    result.finally(stop).then(resolve, reject);
  });
}

/** By owner: the times of the last heartbeats of its requests, in milliseconds, and what ends their parts of it. */
const watched = new WeakMap<object, Set<{ lastHeartbeat: number; readonly end: () => void }>>();

/**
 * Watches the current request, which may end before its call does. The timer also keeps the runtime from ending the
 * request as hung while it waits for another one. Returns a function that stops this; `undefined` if no timer can be started.
 * @param end called by {@link endLost} if the request has ended
 * @param onBeat called at each heartbeat
 */
export function watchRequest(
  owner: object,
  end: () => void,
  onBeat?: () => void,
): (() => void) | undefined {
  const item = { lastHeartbeat: Date.now(), end };
  const stop = onHeartbeat(() => {
    item.lastHeartbeat = Date.now();
    onBeat?.();
  });
  if (!stop) return undefined;
  const items = watched.get(owner) ?? new Set();
  watched.set(owner, items.add(item));
  return () => {
    stop();
    items.delete(item);
  };
}

/** Ends what belongs to requests that have ended. */
export function endLost(owner: object): void {
  for (const { lastHeartbeat, end } of watched.get(owner) ?? []) {
    if (Date.now() - lastHeartbeat > LEADER_TIMEOUT_MS) end();
  }
}

/** Ends a flight without a leader. */
function abandon(flight: Flight, reason: Error): void {
  if (!flight.end()) return;
  flight.detach();
  try {
    flight.cancellation.abort(reason);
  } catch {
    // Another request must not touch objects of the leader's request, which has ended anyway.
  }
}

/** The heartbeat actions of the current request: those of the timer that was started in the current task. */
let current: Set<() => void> | undefined;

/**
 * Runs an action at each heartbeat until the current request ends. Returns a function that stops it; `undefined` if no
 * timer can be started. A request may have 10,000 timers, so calls in the same task share one.
 */
function onHeartbeat(action: () => void): (() => void) | undefined {
  try {
    const actions = current ?? startTimer();
    actions.add(action);
    return () => actions.delete(action);
  } catch {
    return undefined;
  }
}

function startTimer(): Set<() => void> {
  const actions = new Set<() => void>();
  const timer = setInterval(() => {
    for (const action of actions) action();
    if (actions.size === 0) clearInterval(timer);
  }, HEARTBEAT_MS);
  current = actions;
  queueMicrotask(() => {
    current = undefined;
  });
  return actions;
}
