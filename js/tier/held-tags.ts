import type { FunctionTokens } from './function-tokens.ts';

/** The tags that one result on its way through the tier may have: changes of them are heard of. */
export class HeldTags {
  readonly #tokens: FunctionTokens;
  readonly #tags = new Set<string>();
  #isOver = false;

  constructor(tokens: FunctionTokens) {
    this.#tokens = tokens;
  }

  add(tags: Iterable<string>): void {
    for (const tag of tags) {
      if (this.#isOver || this.#tags.has(tag)) continue;
      this.#tags.add(tag);
      this.#tokens.hold(tag);
    }
  }

  /** The result is in the first tier, or will never be. */
  end(): void {
    this.#isOver = true;
    for (const tag of this.#tags) this.#tokens.release(tag);
    this.#tags.clear();
  }
}
