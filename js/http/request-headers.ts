import { isOfClass } from '../platform/platform-class.ts';

type Pair = [name: string, value: string];
/** Headers to add, whose names the original does not have. */
type Added = readonly (readonly [name: string, value: string])[];

/** Headers as they were when they were read. */
export class HeaderSnapshot {
  /** All of them, sorted, with names in lower case. */
  readonly pairs: readonly Pair[];
  readonly #copy: (added: Added) => HeadersInit;

  /** @throws TypeError for headers that `fetch` would refuse */
  constructor(init: HeadersInit) {
    // Each name and value is converted to text once: `toString` may give another text the next time.
    let read: HeadersInit;
    let pairs: readonly Pair[] | undefined;
    if (Array.isArray(init)) {
      const given = init.map((pair) => Array.from(pair, (part) => `${part}`) as Pair);
      read = given;
      this.#copy = (added) => [...given, ...added].map(([name, value]): Pair => [name, value]);
    } else if (typeof init === 'object' && !(Symbol.iterator in init) && !isHeaders(init)) {
      const given = Object.entries(init).map(([name, value]): Pair => [name, `${value}`]);
      const record = Object.fromEntries(given);
      read = record;
      pairs = sortedPairs(given);
      this.#copy = (added) => ({ ...record, ...Object.fromEntries(added) });
    } else {
      const headers = new Headers(init);
      read = headers;
      this.#copy = (added) => {
        const copy = new Headers(headers);
        for (const [name, value] of added) copy.set(name, value);
        return copy;
      };
    }
    this.pairs = pairs ?? [...(read instanceof Headers ? read : new Headers(read))];
  }

  /**
   * A copy of the same kind as the original: a record, pairs or `Headers`.
   * @param added other headers
   */
  copy(added: Added = []): HeadersInit {
    return this.#copy(added);
  }

  /** The value of a header; `''` if there is none. */
  get(name: string): string {
    return this.pairs.find(([known]) => known === name)?.[1] ?? '';
  }
}

/**
 * The headers as `Headers` lists them, which takes some microseconds; `undefined` if they are not valid as they are, or
 * a name occurs twice.
 */
function sortedPairs(given: readonly Pair[]): Pair[] | undefined {
  const pairs: Pair[] = [];
  for (const [name, value] of given) {
    if (!/^[\w-]+$/.test(name) || !/^[!-~]([ -~]*[!-~])?$/.test(value)) return undefined;
    pairs.push([name.toLowerCase(), value]);
  }
  pairs.sort(([one], [other]) => (one < other ? -1 : 1));
  return pairs.some(([name], index) => name === pairs[index + 1]?.[0]) ? undefined : pairs;
}

function isHeaders(value: object): boolean {
  return isOfClass('Headers', value);
}
