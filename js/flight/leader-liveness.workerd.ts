import type { Flight } from './flight.ts';

/** Milliseconds between two signs of life, and between two looks for one. */
const HEARTBEAT_MS = 1_000;
/** Without a sign for so long, the leader is gone. */
const LEADER_TIMEOUT_MS = 3_000;

/** With its request. */
export function canLeaderDie(): boolean {
  return true;
}

/** When the leader of a flight gave its last sign. */
const lastHeartbeats = new WeakMap<Flight, number>();

/**
 * Workers end what a request has started when the request ends, its Promises never settle, and nobody is told. So who
 * leads gives signs of life, by a timer that ends with the request, too.
 */
export function startHeartbeat(flight: Flight, result: Promise<unknown>): void {
  const sign = () => lastHeartbeats.set(flight, Date.now());
  const stop = onHeartbeat(sign);
  // One that can give no signs is never missed.
  if (!stop) return;
  sign();
  result.then(stop, stop);
}

/**
 * What a caller who joined waits for: the flight's result, or, when its leader is gone, that of a flight of its own.
 */
export function watchLeader(
  flight: Flight,
  result: Promise<unknown>,
  takeOver: () => unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = onHeartbeat(() => {
      if (Date.now() - (lastHeartbeats.get(flight) ?? Infinity) <= LEADER_TIMEOUT_MS) return;
      stop?.();
      abandon(flight, new Error('The request that led this call has ended'));
      resolve(takeOver());
    });
    result.finally(stop).then(resolve, reject);
  });
}

/** Nobody leads a flight any more: it is over for all who have not got its result. */
function abandon(flight: Flight, reason: Error): void {
  if (!flight.end()) return;
  flight.detach();
  try {
    flight.cancellation.abort(reason);
  } catch {
    // What belongs to the leader's request is out of reach for another one, and gone anyway.
  }
}

/** What the timer that was started in the present run of code, and so by the present request, does each beat. */
let present: Set<() => void> | undefined;

/**
 * Does something each beat, as long as the present request lasts; returns what ends that, `undefined` where no timer is
 * to be had. A request may have 10,000: who asks in one run of code gets the same one.
 */
function onHeartbeat(action: () => void): (() => void) | undefined {
  try {
    const actions = present ?? startTimer();
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
  present = actions;
  queueMicrotask(() => {
    present = undefined;
  });
  return actions;
}
