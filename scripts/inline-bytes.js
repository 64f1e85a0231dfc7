// A rolldown plugin that inlines a binary file as text that compresses well. A gzipped bundle is 0.7 kB smaller than with
// Base64.
import { readFile } from 'node:fs/promises';

/*
 * One character encodes one byte, so that a compressor finds repetitions. Base64 splits bytes across characters, which
 * hides repetitions, and is a third longer. The characters are printable ASCII, which no tool escapes. Their order starts
 * at a letter, so that the most frequent bytes, small ones, become letters. The last character, the mark, adds a constant
 * to the byte that follows.
 */
const FIRST = 'b'.charCodeAt(0);
const CHARACTERS = 95;
const MARK = 'a';

function characterAt(index) {
  return String.fromCharCode(32 + ((FIRST - 32 + index) % CHARACTERS));
}

function encodeByte(byte) {
  for (let marks = 0; ; marks++) {
    const index = (byte + marks * (257 - CHARACTERS)) % 256;
    const character = characterAt(index);
    // Both need an escape in a string literal.
    if (index < CHARACTERS - 1 && character !== '"' && character !== '\\') {
      return MARK.repeat(marks) + character;
    }
  }
}

/** The inverse of {@link encodeByte}. Its source becomes part of the bundle. */
function decode(text) {
  // A plain loop: this runs once, before the engine optimizes anything.
  const bytes = new Uint8Array(text.length);
  let size = 0;
  let more = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 97) {
      more += 94;
    } else {
      bytes[size++] = more + ((code + 92) % 95);
      more = 0;
    }
  }
  return bytes.subarray(0, size);
}

/** The name of the function in a chunk that returns the text; it must be unique there. */
const TEXT_FUNCTION = 'inlinedBytes';

/**
 * Inlines a file whose path matches `filter`. Its default export is a function that returns a `Uint8Array`. The text goes
 * to the end of its chunk, with {@link InlineBytes.appendTo}: gzip finds repetitions within 32 KB only, and text in the
 * middle would separate code from code that repeats it (50 bytes). The minifier does not see the text.
 */
export class InlineBytes {
  #texts = new Map();

  constructor(filter) {
    this.plugin = {
      name: 'inline-bytes',
      load: async (path) => {
        if (!filter.test(path)) return;
        const bytes = await readFile(path);
        const text = Array.from(bytes, encodeByte).join('');
        if (!bytes.equals(decode(text)))
          throw new Error(`the inlined text of ${path} does not decode to its bytes`);
        this.#texts.set(path, text);
        const code = `${decode}\nexport default () => decode(${TEXT_FUNCTION}());\n`;
        return { code, moduleType: 'js' };
      },
    };
  }

  /** Returns the minified code of a chunk with the text, if the chunk contains the file. */
  appendTo({ moduleIds }, code) {
    const text = this.#texts.get(moduleIds.find((id) => this.#texts.has(id)));
    if (text === undefined) return code;
    return `${code}\nfunction ${TEXT_FUNCTION}(){return${JSON.stringify(text)}}`;
  }
}
