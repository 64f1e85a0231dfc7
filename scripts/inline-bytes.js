// Has esbuild inline a binary file as a text that stays small when the bundle is compressed.
import { readFile } from 'node:fs/promises';

/*
 * A character stands for a byte, so that a compressor finds what is repeated: Base64 hides it, as it cuts bytes in
 * pieces, and is a third longer. The characters are printable ASCII, which no tool escapes, and begin with the letter
 * that makes the common bytes, small ones, common letters. The last one, the mark, says that the byte is so much larger
 * than what follows.
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
    // Both would have to be escaped.
    if (index < CHARACTERS - 1 && character !== '"' && character !== '\\') {
      return MARK.repeat(marks) + character;
    }
  }
}

/** The inverse of {@link encodeByte}, which becomes part of the bundle. */
function decode(text) {
  // By index and into place: it runs once, before anything is optimized.
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

/** What the text is called in the bundle, where nothing else is called so. */
const TEXT = 'inlinedBytes';

/**
 * Inlines a file whose path ends so; what is imported of it is a function that makes a `Uint8Array`. The text itself
 * goes to the end of the bundle, by {@link InlineBytes.append}: amid the code it would keep a compressor, which looks
 * back no further than 32 KB, from much that is repeated.
 */
export class InlineBytes {
  #text;

  constructor(filter) {
    this.plugin = {
      name: 'inline-bytes',
      setup: ({ onLoad }) => {
        onLoad({ filter }, async ({ path }) => {
          const bytes = await readFile(path);
          this.#text = Array.from(bytes, encodeByte).join('');
          if (!bytes.equals(decode(this.#text)))
            throw new Error(`${path} would not be inlined as it is`);
          return { contents: `${decode}\nexport default () => decode(${TEXT}());\n` };
        });
      },
    };
  }

  /** The bundle with the text, if it has asked for it. */
  append(code) {
    if (this.#text === undefined) return code;
    return `${code}\nfunction ${TEXT}(){return${JSON.stringify(this.#text)}}`;
  }
}
