import { wrongKind } from '../options/messages.ts';

/** Of an entry without tags. */
const NONE: ReadonlySet<string> = /* @__PURE__ */ new Set();

/** The entries of each tag, by slot, and the tags of each entry. Tags without entries leave nothing behind. */
export class Tags {
  readonly #slotsByTag = new Map<string, Set<number>>();
  readonly #tagsBySlot = new Map<number, ReadonlySet<string>>();

  /** The tags of the entry in a slot. */
  of(slot: number): ReadonlySet<string> {
    return this.#tagsBySlot.get(slot) ?? NONE;
  }

  /** Gives an entry these tags instead of its own. */
  set(slot: number, tags: ReadonlySet<string>): void {
    this.delete(slot);
    if (tags.size === 0) return;
    this.#tagsBySlot.set(slot, tags);
    for (const tag of tags) {
      const slots = this.#slotsByTag.get(tag);
      if (slots) slots.add(slot);
      else this.#slotsByTag.set(tag, new Set([slot]));
    }
  }

  delete(slot: number): void {
    for (const tag of this.of(slot)) {
      const slots = this.#slotsByTag.get(tag);
      slots?.delete(slot);
      if (slots?.size === 0) this.#slotsByTag.delete(tag);
    }
    this.#tagsBySlot.delete(slot);
  }

  clear(): void {
    this.#slotsByTag.clear();
    this.#tagsBySlot.clear();
  }

  /** The slots of the entries that have one of these tags, each once. */
  slotsOf(tags: Iterable<string>): Set<number> {
    const slots = new Set<number>();
    for (const tag of tags) for (const slot of this.#slotsByTag.get(tag) ?? []) slots.add(slot);
    return slots;
  }
}

/** The name in messages of each of the arguments of `invalidateTag`. */
export const TAG = 'tag';

/**
 * Checks tags that the user gives, and copies them.
 * @throws TypeError
 */
export function checkTags(path: string, tags: unknown): ReadonlySet<string> {
  const accepted =
    path === TAG ? 'a string that is not empty' : 'an array of strings that are not empty';
  if (!Array.isArray(tags)) throw wrongKind(path, accepted, tags);
  const copy = new Set<string>(tags);
  for (const tag of copy) {
    if (typeof tag !== 'string' || tag === '') throw wrongKind(path, accepted, tag);
  }
  return copy;
}
