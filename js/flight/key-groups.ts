import type { FetchRequest } from '../http/results.ts';
import type { CallKeys } from './call-keys.ts';
import type { StoredResults } from './deps.ts';
import { KeyIndex } from './key-index.ts';

/** Finds the keys to invalidate together: those of the same arguments with any `this`, and those of one URL. */
export class KeyGroups {
  readonly #keys: CallKeys;
  readonly #index: KeyIndex;
  readonly #isPresent: (key: unknown) => boolean;

  constructor(keys: CallKeys, stored: StoredResults | undefined) {
    this.#keys = keys;
    const isPresent = (key: unknown) =>
      Boolean(stored?.entries.index.has(key) || stored?.flights.get(key));
    this.#isPresent = isPresent;
    const named = stored?.named;
    this.#index = (named?.keyIndex as KeyIndex | undefined) ?? new KeyIndex(isPresent);
    if (named) named.keyIndex = this.#index;
  }

  get isEmpty(): boolean {
    return this.#index.isEmpty;
  }

  /** @param maxIssued see {@link KeyIndex.add} */
  add(key: unknown, request: FetchRequest | undefined, maxIssued?: number): void {
    const group = this.#keys.groupOf(key);
    if (group !== undefined) this.#index.add(group, key, maxIssued);
    if (request) this.#index.add(urlGroup(request.url), key, maxIssued);
  }

  /** Returns the keys of these arguments. */
  ofArguments(args: readonly unknown[], request: FetchRequest | undefined): Iterable<unknown> {
    return this.#index.of(this.#keys.groupOfArguments(args, request));
  }

  /** Returns the keys of these arguments, and removes them, as {@link KeyIndex.take} does. */
  takeArguments(args: readonly unknown[], request: FetchRequest | undefined): Iterable<unknown> {
    return this.#index.take(this.#keys.groupOfArguments(args, request));
  }

  /** The same for a URL. */
  takeUrl(url: string): Iterable<unknown> {
    return this.#index.take(urlGroup(url));
  }

  /** Whether a key of a URL has an entry or a flight. */
  hasUrl(url: string): boolean {
    return this.#index.of(urlGroup(url)).some(this.#isPresent);
  }
}

function urlGroup(url: string): string {
  return `u${url}`;
}
