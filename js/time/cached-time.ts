import { hostProcess } from '../platform/host.ts';

/**
 * A cache that serves many hits from one reading of the clock. With each such hit it must check that
 * `isTimeGenuine()`.
 */
export interface ClockUser {
  /** The clock was read just now. That reading may serve this many hits. */
  extendTime(hits: number): void;
  /** From now on the clock must be read. */
  invalidateTime(): void;
}

/** Hits that one reading serves, in all caches together. */
const HITS_PER_READING = 960;
/** Maximum users of one reading once more than one cache is in use. */
const MAX_USERS = 15;
/** Readings are cached after this many in a row with at most 1 ms between them. A single hit reads the clock. */
const BURST_READINGS = 32;
/** Maximum operations between two readings that `countOperation` counts. */
const MAX_OTHER_OPERATIONS = 40;

/** The caches that use the cached reading. */
const users: ClockUser[] = [];
/** The time of the cached reading, in milliseconds; `Infinity` if there is none. */
export let cachedSince = Infinity;
let otherOperations = 0;
let burstReadings = 0;
/** Whether more than one cache was in use in this run of code. */
let isShared = false;
let awaitsEndOfRun = false;

/** Ends all use of the cached reading: time has passed, or the memory that hits read may have moved. */
export function invalidateCachedTime(): void {
  for (const user of users) user.invalidateTime();
  users.length = 0;
  otherOperations = 0;
  cachedSince = Infinity;
}

/** Counts an operation that does not use the cached reading: only a limited number may pass between two readings. */
export function countOperation(): void {
  otherOperations++;
  if (otherOperations > MAX_OTHER_OPERATIONS) invalidateCachedTime();
}

/**
 * Lets a cache reuse the reading that it has just made, if readings come in a burst. The reuse ends with the code that
 * runs now, at the latest.
 *
 * @param elapsedMs the time since the previous reading
 */
export function extendCachedTime(user: ClockUser, now: number, elapsedMs: number): void {
  burstReadings = elapsedMs <= 1 ? burstReadings + 1 : 0;
  if (burstReadings < BURST_READINGS) return;
  const isSole = !isShared && (users[0] ?? user) === user;
  if (!isSole) {
    if (!isShared || users.length === MAX_USERS) invalidateCachedTime();
    isShared = true;
  }
  if (users.length === 0) cachedSince = now;
  if (isSole) users[0] = user;
  else users.push(user);
  user.extendTime(isSole ? HITS_PER_READING : HITS_PER_READING / MAX_USERS);
  if (awaitsEndOfRun) return;
  awaitsEndOfRun = true;
  atEndOfRun(() => {
    awaitsEndOfRun = false;
    invalidateCachedTime();
    isShared = false;
    burstReadings = 0;
  });
}

/**
 * Calls back when the code that runs now has ended: in Node by `nextTick`, before or after the microtasks; elsewhere,
 * and if a test has faked `nextTick`, by a microtask. Reads `process` only here, as Bun takes 1 ms to create it.
 */
function atEndOfRun(callback: () => void): void {
  const nextTick = hostProcess()?.nextTick;
  if (nextTick && !('clock' in nextTick)) nextTick(callback);
  else void Promise.resolve().then(callback);
}
