import { isOfClass } from '../platform/platform-class.ts';

type Pair = [name: string, value: string];

/** Headers as they were when they were read. */
export class HeaderSnapshot {
  /** All of them, sorted, with names in lower case. */
  readonly pairs: readonly Pair[];
  readonly #copy: () => HeadersInit;

  /** @throws TypeError for headers that `fetch` would refuse */
  constructor(init: HeadersInit) {
    // Each name and value is converted to text once: `toString` may give another text the next time.
    let read: HeadersInit;
    if (Array.isArray(init)) {
      const pairs = init.map((pair) => Array.from(pair, (part) => `${part}`) as Pair);
      read = pairs;
      this.#copy = () => pairs.map(([...pair]): Pair => pair);
    } else if (typeof init === 'object' && !(Symbol.iterator in init) && !isHeaders(init)) {
      const record = Object.fromEntries(
        Object.entries(init).map(([name, value]): Pair => [name, `${value}`]),
      );
      read = record;
      this.#copy = () => ({ ...record });
    } else {
      const headers = new Headers(init);
      read = headers;
      this.#copy = () => new Headers(headers);
    }
    this.pairs = [...(read instanceof Headers ? read : new Headers(read))];
  }

  /** A copy of the same kind as the original: a record, pairs or `Headers`. */
  copy(): HeadersInit {
    return this.#copy();
  }

  /** The value of a header; `''` if there is none. */
  get(name: string): string {
    return this.pairs.find(([known]) => known === name)?.[1] ?? '';
  }
}

function isHeaders(value: object): boolean {
  return isOfClass('Headers', value);
}
