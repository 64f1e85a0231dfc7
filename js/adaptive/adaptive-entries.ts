import { instantiate } from '#adaptive-instance';
import { type Core, CoreSource } from '../core/core.ts';
import { Field, Front } from '../core/layout.ts';
import type { Clock } from '../time/clock.ts';
import { isTimeGenuine } from '../time/time-source.ts';
import { AdvisedEntries } from './advised-entries.ts';

/** A small integer in every engine, so that a hit compares integers. */
const MAX_FAR = 2 ** 30 - 1;

/** The entries for which the core is being called. Only during the call: it would keep a dropped cache alive. */
let called: AdaptiveEntries<unknown> | undefined;

const adaptiveCore = /* @__PURE__ */ new CoreSource(() =>
  instantiate({
    latest_use: (slot) => called?.stampAt(slot) ?? 0,
    key_hash: (slot) => called?.hashAt(slot) ?? 0,
  }),
);

/**
 * The entries of a cache with the adaptive policy.
 *
 * Each entry has a mark, also if it was not used since it was put. The core asks for it when it looks at the entry, and
 * knows from its own stamp whether the entry was used.
 */
export class AdaptiveEntries<V> extends AdvisedEntries<V> {
  /** A hit of an entry that was last used longer ago is one that LRU would not have had. */
  #far = MAX_FAR;
  #farHits = 0;
  /** The slot of the entry that was put last. */
  #newest = 0;

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
      const { cells } = this;
      const index = slot << 1;
      if (tick - (cells[index | 1] as number) > this.#far) this.#farHits++;
      cells[index | 1] = tick;
      return cells[index];
    }
    this.slot = -slot;
    return undefined;
  }

  protected override mark(slot: number): void {
    this.sampleUse(slot);
    const tick = this.takeTick();
    const index = slot << 1;
    if (tick - (this.cells[index | 1] as number) > this.#far) this.#farHits++;
    this.cells[index | 1] = tick;
  }

  protected override isMarked(slot: number): boolean {
    return this.stampAt(slot) > Math.floor(this.view[Field.COUNT * slot + Field.STAMP] as number);
  }

  protected override clearMark(): void {}

  protected override write(slot: number, deadline: number): void {
    super.write(slot, deadline);
    this.cells[2 * slot + 1] = this.tick;
    this.#newest = slot;
  }

  protected override renew(slot: number, deadline: number): void {
    this.#newest = slot;
    super.renew(slot, deadline);
  }

  protected override callCore<T>(call: (core: Core, handle: number) => T): T {
    return this.#answering(() => super.callCore(call));
  }

  protected override moveForMemory(): boolean {
    return this.#answering(() => super.moveForMemory());
  }

  #answering<T>(work: () => T): T {
    called = this;
    try {
      return work();
    } finally {
      called = undefined;
    }
  }

  /** Each put goes through {@link take}, which tells the core of far hits. */
  override peekVictim(): number {
    return 0;
  }

  override take(): number {
    this.attachedView();
    this.front[Front.FAR_HITS] = (this.front[Front.FAR_HITS] as number) + this.#farHits;
    this.#farHits = 0;
    return super.take();
  }

  override takeOverweight(most: number): number {
    this.attachedView();
    this.front[Front.SPARED] = this.#newest;
    const slot = super.takeOverweight(most);
    this.front[Front.SPARED] = 0;
    return slot;
  }

  protected override revive(): void {
    super.revive();
    this.#far = Math.min(this.front[Front.FAR] as number, MAX_FAR) | 0;
  }
}
