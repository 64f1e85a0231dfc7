import { writeObject } from './objects.ts';
import { nameHead, numberText, primitiveText, type Sink, stringHead } from './text.ts';

/** Keys longer than this are left to the graph encoding, which writes what is repeated once. */
export const MAX_TREE_TEXT = 1 << 18;
/** Deeper arguments are left to it too: it does not recurse. */
const MAX_TREE_DEPTH = 100;
/** Longer strings are checked at once, lest their sum exceeds what a string can hold. */
const LONG_STRING = 512;

/**
 * Thrown, and caught by whoever made the {@link Tree}, when the arguments are too big for it. This
 * depends on nothing but how deep they are and how long their text would be, each repetition and
 * each cycle written out, so equal arguments always meet the same fate.
 */
export const TOO_BIG: unique symbol = Symbol('too big');

/** Writes ordinary arguments as one nested text, as often as something occurs in them. */
export class Tree implements Sink {
  #text: string;
  /** The length of what is put aside while the members of a set or map are written one by one. */
  #aside = 0;
  #depth = 0;

  /** @param text - what the text starts with */
  constructor(text: string) {
    this.#text = text;
  }

  /** The whole text. */
  finish(): string {
    this.reserve(0);
    return this.#text;
  }

  /** {@inheritDoc Sink.write} */
  write(text: string): void {
    this.#text += text;
  }

  /** {@inheritDoc Sink.value} */
  value(value: unknown): void {
    if (typeof value === 'string') {
      if (value.length > LONG_STRING) this.reserve(value.length);
      this.#text += stringHead(value.length) + value;
    } else if (typeof value === 'number') {
      this.#text += numberText(value);
    } else if (typeof value === 'object' && value !== null) {
      this.#object(value);
    } else {
      this.#text += primitiveText(value);
    }
  }

  /** {@inheritDoc Sink.property} */
  property(name: string, value: unknown): void {
    if (typeof value === 'number') {
      this.#text += nameHead(name.length) + name + numberText(value);
    } else if (typeof value === 'string' && value.length <= LONG_STRING) {
      this.#text += nameHead(name.length) + name + stringHead(value.length) + value;
    } else {
      this.#text += nameHead(name.length) + name;
      this.value(value);
    }
  }

  /** {@inheritDoc Sink.members} */
  members(values: readonly unknown[], width: 1 | 2): void {
    const before = this.#text;
    const aside = this.#aside;
    this.#aside += before.length;
    this.reserve(values.length);
    const texts: string[] = [];
    for (let index = 0; index < values.length; index += width) {
      this.#text = '';
      this.value(values[index]);
      if (width === 2) this.value(values[index + 1]);
      this.#aside += this.#text.length;
      texts.push(this.#text);
    }
    this.#aside = aside;
    this.#text = before + texts.sort().join('');
  }

  /** {@inheritDoc Sink.reserve} */
  reserve(length: number): void {
    if (this.#aside + this.#text.length + length > MAX_TREE_TEXT) throw TOO_BIG;
  }

  #object(value: object): void {
    this.#depth += 1;
    if (this.#depth > MAX_TREE_DEPTH) throw TOO_BIG;
    this.reserve(0);
    writeObject(value, this);
    this.#depth -= 1;
  }
}
