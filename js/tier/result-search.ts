import { systemClock } from '../time/clock.ts';
import { startTimer } from '../time/timer.ts';
import { readValue, stampOf } from './envelope.ts';
import { type FoundResult, findResult } from './found-result.ts';
import { Lease } from './lease.ts';
import { LocalCopy } from './local-copy.ts';
import type { Session } from './session.ts';
import { Phase } from './session-phase.ts';

/** A flight that waits for a run elsewhere asks again after this time, if it hears of no change. */
const MAX_WAIT_MS = 500;
/** The same, where changes are not heard of. */
const POLL_MS = 100;
/** `StoredKind.PROMISE` of `cache`, from which `tier` may not import. */
const PROMISE = 2;

export const NOT_FOUND: unique symbol = Symbol('not found');

/**
 * The result of a session's key in the store, or {@link NOT_FOUND} if the function has to run. The session has the lease then,
 * has ended, or the stored value says that each process has a result of its own.
 */
export async function search(session: Session): Promise<unknown> {
  const { bound, core, call, flight } = session;
  const { storeKey, bytes: keyBytes } = session.location;
  const { connection, driver, changes, stats } = core;
  let bytes: Uint8Array | undefined;
  let isRead = false;
  let hasWaited = false;
  for (;;) {
    const takeOver = flight.isRefresh;
    if (!takeOver && !isRead) {
      if (session.hasEnded) return NOT_FOUND;
      session.phase = Phase.READING;
      // The server does not tell this process of its own changes.
      const change = changes.underWay(storeKey);
      if (change) await change;
      session.isOutdated = false;
      session.currentAt = systemClock.read();
      bytes = await connection.run(() => driver.get(storeKey));
    }
    isRead = false;
    let seen: Uint8Array | undefined;
    if (bytes && !takeOver) {
      stats.bytesIn += bytes.length;
      const value = readValue(bytes, keyBytes);
      const asked = value && findResult(bound, value, call, flight, session.held);
      const found = asked instanceof Promise ? await asked : asked;
      if (session.isOutdated) continue;
      if (found) {
        take(session, found);
        if (found.use === 'return') return found.result;
        if (found.use === 'run here') return NOT_FOUND;
      }
      seen = stampOf(bytes);
    }
    session.throwIfCancelled();
    if (session.hasEnded) return NOT_FOUND;
    // Before the run, and after a wait for another one.
    session.snapshot = await bound.tokens.readSnapshot(session.held, call.request);
    session.isOutdated = false;
    session.currentAt = systemClock.read();
    session.epoch = connection.epoch;
    session.lease ??= new Lease(core, storeKey, session);
    const answer = await session.lease.acquire(seen, takeOver);
    if (answer === 0) {
      if (session.hasEnded || flight.cancellation.aborted) {
        session.lease.release();
        session.throwIfCancelled();
      } else session.lead(session.lease);
      return NOT_FOUND;
    }
    if (typeof answer !== 'number') {
      bytes = answer;
      isRead = true;
      continue;
    }
    if (!hasWaited) {
      hasWaited = true;
      stats.waits++;
      session.report('tier_wait');
    }
    const most = connection.watched ? MAX_WAIT_MS : POLL_MS;
    if (!session.isOutdated) await wait(session, Math.min(answer, most));
    session.throwIfCancelled();
  }
}

function take(session: Session, found: FoundResult): void {
  const { use, token, freshMs, tags } = found;
  session.storedToken = token;
  if (use === 'run here') {
    session.phase = Phase.ALONE;
    session.marker = found;
  } else if (use === 'return') {
    session.call.own = { ttlMs: freshMs === Infinity ? 0 : freshMs, tags };
    session.startsRefresh = freshMs <= 0;
  } else keepStale(session, found);
}

/** Puts a stale value into the first tier, so that it may replace a failure. */
function keepStale(session: Session, { result, freshMs, tags }: FoundResult): void {
  const { first } = session.bound.user;
  const { key } = session.call;
  if (first.entries.index.has(key) || !session.flight.isAttached) return;
  const weight = first.weightOf(key, result);
  const put = (ttlMs: number) => first.put(key, result, ttlMs, PROMISE, tags, weight);
  LocalCopy.keep(session.originOf(false), freshMs, put);
}

/** Waits for a change of the key, or for a time. */
function wait(session: Session, milliseconds: number): Promise<void> {
  session.phase = Phase.WAITING;
  return new Promise((resolve) => {
    const timer = startTimer(() => session.wake?.(), milliseconds, session.flight.isBackground);
    session.wake = () => {
      session.wake = undefined;
      timer.clear();
      resolve();
    };
  });
}
