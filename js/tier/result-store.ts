import { systemClock } from '../time/clock.ts';
import { encodeResult, leftMsOf, storedValueOf } from './encoded-result.ts';
import type { TokenSnapshot } from './function-tokens.ts';
import type { Lease } from './lease.ts';
import { LocalCopy } from './local-copy.ts';
import type { TierTerms } from './seam.ts';
import type { Session } from './session.ts';
import { Phase } from './session-phase.ts';

/** Stores a result in the first tier. */
export type Commit = (ttlMs: number | undefined) => void;

/** Stores the result of a session's flight: in both tiers, in the first one, or nowhere. */
export function storeResult(
  session: Session,
  value: unknown,
  terms: TierTerms,
  commit: Commit,
): void {
  const { bound, core, phase, marker } = session;
  const ttlMs = terms.ttlMs ?? bound.user.first.ownTtl();
  if (phase === Phase.LEADING) {
    start(session);
    session.lease?.stop();
    void core.track(storeLed(session, value, { ...terms, ttlMs }, commit));
  } else if (session.isLocal) {
    session.phase = Phase.ENDED;
    commit(terms.ttlMs);
  } else if (phase === Phase.DONE) {
    commitCopy(session, ttlMs, commit, false);
    if (session.startsRefresh) bound.user.refresh(session.call.again());
  } else if (phase !== Phase.ALONE) {
    session.flight.detach();
  } else if (!marker) {
    commitCopy(session, ttlMs, commit, true);
  } else {
    const lifeMs = Math.min(ttlMs || Infinity, marker.freshMs);
    // Where each change is heard of, the flight is detached by now.
    if (core.connection.watched === true) commitCopy(session, lifeMs, commit, false);
    else {
      start(session);
      void core.track(commitOwn(session, lifeMs, commit));
    }
  }
}

function start(session: Session): void {
  session.phase = Phase.STORING;
  session.isOutdated = false;
}

/** Stores a result in the first tier. @param isUnwatched nothing tells of its changes */
function commitCopy(session: Session, ttlMs: number, commit: Commit, isUnwatched: boolean): void {
  session.finish();
  const copy = LocalCopy.keep(session.originOf(isUnwatched), ttlMs, commit);
  // With echoes, the change may be this one, or a later one by another process.
  if (!copy) session.flight.detach();
  else if (session.isOutdated) copy.changed();
}

/** Keeps a result in this process only, unless its key was invalidated during the run. */
async function commitOwn(session: Session, lifeMs: number, commit: Commit): Promise<void> {
  const { bound, core, call } = session;
  let isCurrent: boolean | undefined;
  const sent = systemClock.read();
  try {
    const value = await core.readStored(session.location);
    const validity = value && (await bound.tokens.validate(value, call.request, session.held));
    isCurrent = value?.token === session.storedToken && Number(validity?.freshMs) > 0;
    if (isCurrent) session.currentAt = sent;
  } catch {
    // The store did not answer: the result leaves after maxStale.
  }
  if (!session.isStoring) return;
  if (isCurrent === false) refuse(session);
  else commitCopy(session, lifeMs, commit, isCurrent === undefined);
}

/** Stores a result in the second tier, then in the first one. */
async function storeLed(
  session: Session,
  value: unknown,
  terms: TierTerms & { readonly ttlMs: number },
  commit: Commit,
): Promise<void> {
  const { bound, core, location } = session;
  const { connection, leases } = core;
  const lease = session.lease as Lease;
  const { token } = lease;
  let isStored: boolean | undefined;
  let leftMs = terms.ttlMs;
  try {
    const result = encodeResult(bound, value, terms);
    const snapshot = session.snapshot as TokenSnapshot;
    const bytes = await storedValueOf(session, location, token, result, snapshot);
    if (bytes) {
      const sent = systemClock.read();
      const { storeKey } = location;
      isStored = await connection.run(() => leases.store(storeKey, token, bytes, result.lifeMs));
      session.currentAt = sent;
      // Without a flight, the first tier of this function keeps an old result.
      if (isStored) core.copies.changedHere(storeKey, session.hasEnded ? undefined : bound);
    } else {
      isStored = false;
      lease.release();
    }
    if (!isStored) core.stats.refused++;
    leftMs = leftMsOf(result, connection);
  } catch {
    // A lease that is not removed makes others wait.
    lease.release();
    // Not the last renewal of the lease: the end of a tag does not remove leases.
    session.currentAt = Math.max(session.currentAt, connection.heardUpTo(session.epoch));
  }
  core.leaders.delete(session);
  if (!session.isStoring) return;
  session.storedToken = token;
  if (isStored === false) refuse(session);
  else commitCopy(session, leftMs, commit, isStored === undefined);
}

function refuse(session: Session): void {
  session.finish();
  session.flight.detach();
}
