import { instantiate } from '#adaptive-instance';
import { Entries, type StoredKind } from '../cache/entries.ts';
import { CoreSource } from '../core/core.ts';
import { Field, Front } from '../core/layout.ts';
import type { Clock } from '../time/clock.ts';
import { isTimeGenuine } from '../time/time-source.ts';
import { keyHash } from './key-hash.ts';

/** Of the word of a hash, the bits that belong to the core. */
const CORE_BITS = 0xe000_0000;

/** A small integer in every engine, so that a hit compares integers. */
const MAX_FAR = 2 ** 30 - 1;

const adaptiveCore = /* @__PURE__ */ new CoreSource(instantiate);

/**
 * The entries of a cache with the adaptive policy.
 *
 * The core reads the marks of the hits in its own memory, a word for each slot: the low 32 bits of the ticks. An entry was
 * used since the core has looked at it if the mark differs from the stamp in its record. The second cell of a slot has the
 * key.
 */
export class AdaptiveEntries<V> extends Entries<V> {
  #marks: Int32Array = new Int32Array();
  #hashes: Int32Array = new Int32Array();
  /** The low 32 bits of the ticks at which the tick was set to zero. */
  #base = 0;
  /** A hit of an entry that was last used longer ago is one that LRU would not have had. */
  #far = MAX_FAR;
  #farHits = 0;
  /** The slot of the entry that was put last. */
  #newest = 0;
  readonly #seed = (Math.random() * 2 ** 32) | 0;

  constructor(maxSize: number, clock: Clock, staleMs: number) {
    super(maxSize, clock, staleMs, adaptiveCore);
  }

  override hit(key: unknown): unknown {
    const slot = this.index.get(key);
    if (slot === undefined) {
      this.slot = 0;
      this.countOperation();
      return undefined;
    }
    const tick = this.tick + 1;
    if (
      tick <= this.cachedUntilTick &&
      (this.areAllFresh || (this.view[slot << 2] as number) >= this.clock.now + this.staleMs) &&
      isTimeGenuine()
    ) {
      this.tick = tick;
      this.slot = slot;
      // The cached time ends when the memory moves: these marks are attached.
      const marks = this.#marks;
      const mark = (this.#base + tick) | 0;
      if (mark - (marks[slot] as number) > this.#far) this.#farHits++;
      marks[slot] = mark;
      return this.cells[slot << 1];
    }
    this.slot = -slot;
    return undefined;
  }

  protected override renew(slot: number, deadline: number): void {
    this.#newest = slot;
    super.renew(slot, deadline);
  }

  protected override mark(slot: number): void {
    this.attachedView();
    this.takeTick();
    const mark = (this.#base + this.tick) | 0;
    if (mark - (this.#marks[slot] as number) > this.#far) this.#farHits++;
    this.#marks[slot] = mark;
  }

  protected override isMarked(slot: number): boolean {
    return this.#marks[slot] !== (this.#stampOf(slot) | 0);
  }

  protected override clearMark(): void {}

  protected override stampAt(slot: number): number {
    const stamp = this.#stampOf(slot);
    return stamp + (((this.#marks[slot] as number) - (stamp | 0)) >>> 0);
  }

  #stampOf(slot: number): number {
    return Math.floor(this.view[Field.COUNT * slot + Field.STAMP] as number);
  }

  override take(): number {
    this.attachedView();
    this.front[Front.FAR_HITS] = this.#farHits;
    return super.take();
  }

  override fillSlot(
    slot: number,
    key: unknown,
    value: V,
    deadline: number,
    kind: StoredKind,
  ): void {
    super.fillSlot(slot, key, value, deadline, kind);
    this.#newest = slot;
    this.#marks[slot] = this.ticks | 0;
    this.#hashes[slot] = keyHash(key, this.#seed);
  }

  override takeOverweight(most: number): number {
    this.attachedView();
    this.front[Front.SPARED] = this.#newest;
    const slot = super.takeOverweight(most);
    this.front[Front.SPARED] = 0;
    return slot;
  }

  override keyAt(slot: number): unknown {
    return this.cells[2 * slot + 1];
  }

  protected override setKey(slot: number, key: unknown): void {
    this.cells[2 * slot + 1] = key;
  }

  protected override lengthenKeys(): void {}

  /** Stamps become exact: marks have too few bits for a use that the core learns of too late. */
  protected override restartTicks(): void {
    this.invalidateTime();
    this.attachedView();
    for (const slot of this.index.values()) {
      this.view[Field.COUNT * slot + Field.STAMP] = this.stampAt(slot);
    }
    this.countTicks();
    this.#base = this.ticks | 0;
  }

  protected override revive(): void {
    super.revive();
    this.attachUses();
  }

  // Not a private method: the constructor of the base class may call this.
  protected attachUses(): void {
    const { front, view } = this;
    const { buffer } = front;
    this.#far = Math.min(front[Front.FAR] as number, MAX_FAR) | 0;
    const marksAt = front[Front.MARKS] as number;
    const hashesAt = front[Front.HASHES] as number;
    const slots = view.length / Field.COUNT;
    const marks = this.#marks;
    const isSame =
      marks.buffer === buffer && marks.byteOffset === marksAt && marks.length === slots;
    if (isSame && this.#hashes.byteOffset === hashesAt) return;
    this.#marks = new Int32Array(buffer, marksAt, slots);
    this.#hashes = new Int32Array(buffer, hashesAt, slots);
  }

  protected override moved(): void {
    // Nothing was put yet if the base class is still being constructed.
    if (this.index.size === 0) return;
    // Empty if the memory has grown before the trap: those uses are lost.
    const old = this.#marks;
    this.attachUses();
    this.#farHits = 0;
    for (const [key, slot] of this.index) {
      this.#marks[slot] = old[slot] ?? this.#stampOf(slot);
      const word = this.#hashes[slot] as number;
      this.#hashes[slot] = (word & CORE_BITS) | keyHash(key, this.#seed);
    }
  }

  override clear(): void {
    this.#farHits = 0;
    this.#base = 0;
    super.clear();
  }
}
