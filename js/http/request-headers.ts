import { isOfClass } from '../platform/platform-class.ts';

type Pair = [name: string, value: string];

/** Headers as they were when they were read. */
export class HeaderSnapshot {
  /** All of them, sorted, with names in lower case. */
  readonly pairs: readonly Pair[];
  readonly #copy: () => HeadersInit;

  /** @throws TypeError for headers that `fetch` would refuse */
  constructor(given: HeadersInit) {
    // Each name and value becomes a text once: a `toString` may answer differently the next time.
    let read: HeadersInit;
    if (Array.isArray(given)) {
      const pairs = given.map((pair) => Array.from(pair, (part) => `${part}`) as Pair);
      read = pairs;
      this.#copy = () => pairs.map(([...pair]): Pair => pair);
    } else if (typeof given === 'object' && !(Symbol.iterator in given) && !isHeaders(given)) {
      const record = Object.fromEntries(
        Object.entries(given).map(([name, value]): Pair => [name, `${value}`]),
      );
      read = record;
      this.#copy = () => ({ ...record });
    } else {
      const headers = new Headers(given);
      read = headers;
      this.#copy = () => new Headers(headers);
    }
    this.pairs = [...(read instanceof Headers ? read : new Headers(read))];
  }

  /** A copy for one reader, of the same kind as what was given: a record, pairs or `Headers`. */
  copy(): HeadersInit {
    return this.#copy();
  }

  /** The value of a header, `''` where there is none. */
  get(name: string): string {
    return this.pairs.find(([known]) => known === name)?.[1] ?? '';
  }
}

function isHeaders(value: object): boolean {
  return isOfClass('Headers', value);
}
