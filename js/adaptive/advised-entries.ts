import { Entries, type StoredKind } from '../cache/entries.ts';
import type { CoreSource } from '../core/core.ts';
import { Field } from '../core/layout.ts';
import type { Clock } from '../time/clock.ts';
import { isTimeGenuine } from '../time/time-source.ts';
import { keyHash } from './key-hash.ts';
import { LiveCurve } from './live-curve.ts';

/**
 * Entries that take samples for a {@link LiveCurve}. Hits on the fast path are not sampled. The cached time ends before the
 * next tick to sample, so the hit with that tick takes the slow path: the time since the last use of its entry is a
 * sample. Evicted keys are recognised by their hashes when they are put again.
 */
export class AdvisedEntries<V> extends Entries<V> {
  #curve: LiveCurve;
  /** The next tick to sample. */
  #sampleAt = 1;
  /** Hits that the last reading of the clock may serve, after those that were granted. */
  #heldBack = 0;
  /** The slot taken last, and the stamp and deadline of the entry that it had. */
  #taken = 0;
  #takenStamp = 0;
  #takenDeadline = 0;
  /** How long ago the entry expired whose slot the core has just freed, in milliseconds. */
  #overdueMs = 0;
  readonly #isLru: boolean;
  readonly #seed = (Math.random() * 2 ** 32) | 0;

  constructor(maxSize: number, clock: Clock, staleMs: number, source?: CoreSource) {
    super(maxSize, clock, staleMs, source);
    // Another policy has a core of its own.
    this.#isLru = source === undefined;
    this.#curve = new LiveCurve(this, this.#isLru);
  }

  /** The samples since `maxSize` was set: those of another size say nothing about the hits of this one. */
  override get curve(): LiveCurve {
    if (this.#curve.maxSize !== this.maxSize) this.#restartCurve();
    return this.#curve;
  }

  #restartCurve(): void {
    this.#curve = new LiveCurve(this, this.#isLru);
    this.#sampleAt = this.tick + 1;
  }

  /** The hash of a key that was put. */
  hashAt(slot: number): number {
    return keyHash(this.keyAt(slot), this.#seed);
  }

  override extendTime(hits: number): void {
    super.extendTime(this.#grant(hits));
  }

  /** The hits that may use the cached time before the next tick to sample. The others are held back. */
  #grant(hits: number): number {
    const granted = Math.max(Math.min(hits, this.#sampleAt - this.tick - 1), 0);
    this.#heldBack = hits - granted;
    return granted;
  }

  override invalidateTime(): void {
    super.invalidateTime();
    this.#heldBack = 0;
  }

  override completeHit(): boolean {
    const slot = -this.slot;
    const hits = this.#heldBack - 1;
    if (hits < 0 || !isTimeGenuine() || !this.#isFreshNow(slot)) return super.completeHit();
    this.slot = slot;
    this.mark(slot);
    this.cachedUntilTick = this.tick + this.#grant(hits);
    return true;
  }

  /** Whether an entry is fresh at the cached time. */
  #isFreshNow(slot: number): boolean {
    const deadline = this.view[Field.COUNT * slot + Field.DEADLINE] as number;
    return this.areAllFresh || deadline >= this.clock.now + this.staleMs;
  }

  protected override mark(slot: number): void {
    this.sampleUse(slot);
    super.mark(slot);
  }

  /** Samples the use of an entry if it has the tick to sample. */
  protected sampleUse(slot: number): void {
    const early = this.#sampleAt - this.tick - 1;
    if (early > 0) return;
    this.attachedView();
    // A tick that was passed was that of a put: no sample.
    this.#chooseNextTick(early === 0 ? this.ticks + 1 - Math.floor(this.stampAt(slot)) : 0);
  }

  #chooseNextTick(time: number): void {
    this.#sampleAt = this.tick + 1 + this.curve.sampleHit(time);
  }

  protected override renew(slot: number, deadline: number): void {
    this.curve.replacements++;
    // A replacement is no request: another tick is chosen.
    if (this.tick + 1 >= this.#sampleAt) this.#chooseNextTick(0);
    super.renew(slot, deadline);
  }

  override replaceVictim(
    slot: number,
    key: unknown,
    value: V,
    deadline: number,
    kind: StoredKind,
  ): void {
    const { view } = this;
    const index = Field.COUNT * slot;
    this.#evict(slot, view[index + Field.STAMP] as number, view[index + Field.DEADLINE] as number);
    super.replaceVictim(slot, key, value, deadline, kind);
    this.#put(slot);
  }

  override take(): number {
    const slot = super.take();
    if (!this.isFull) return slot;
    this.#taken = slot;
    this.#takenStamp = this.stampAt(slot);
    this.#takenDeadline = this.view[Field.COUNT * slot + Field.DEADLINE] as number;
    return slot;
  }

  override fillSlot(
    slot: number,
    key: unknown,
    value: V,
    deadline: number,
    kind: StoredKind,
  ): void {
    this.#taken = 0;
    super.fillSlot(slot, key, value, deadline, kind);
    this.#put(slot);
  }

  /** A new entry was put. */
  #put(slot: number): void {
    const { curve } = this;
    if (this.tick >= this.#sampleAt) this.#chooseNextTick(0);
    if (curve.countPut()) curve.samplePut(this.hashAt(slot), this.clock.now);
  }

  override unlinkKey(slot: number): void {
    this.#evictTaken(slot);
    super.unlinkKey(slot);
  }

  override forget(slot: number): void {
    if (slot === this.#taken) this.#evictTaken(slot);
    else this.curve.sampleEnd(this.stampAt(slot), this.#overdueMs, this.clock.now);
    this.#overdueMs = 0;
    super.forget(slot);
  }

  override remove(slot: number): void {
    // Slot 0 is none.
    if (slot !== 0) {
      const deadline = this.attachedView()[Field.COUNT * slot + Field.DEADLINE] as number;
      this.#overdueMs = Math.max(this.clock.now - deadline, 0);
    }
    super.remove(slot);
  }

  override expire(now: number): number {
    // No deadline is earlier, and this entry has the earliest one.
    const { due } = this;
    const slot = super.expire(now);
    if (slot !== 0) this.#overdueMs = Math.max(now - due, 0);
    return slot;
  }

  #evictTaken(slot: number): void {
    this.#taken = 0;
    this.#evict(slot, this.#takenStamp, this.#takenDeadline);
  }

  #evict(slot: number, stamp: number, deadline: number): void {
    this.curve.sampleEviction(this.hashAt(slot), stamp, deadline, this.clock.now);
  }

  protected override restartTicks(): void {
    this.#sampleAt -= this.tick;
    super.restartTicks();
  }

  override clear(): void {
    super.clear();
    this.#restartCurve();
  }
}
