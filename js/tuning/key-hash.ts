/**
 * Returns a function that hashes texts to 53 bits, differently for each seed of 64 bits. A reader of hashes who knows some
 * of their texts can neither compute the seed nor test guesses for the others.
 *
 * HalfSipHash-2-4 (Aumasson and Bernstein: SipHash, a fast short-input PRF; its version for words of 32 bits), of the
 * UTF-16 code units in little-endian order.
 */
export function keyHasher([k0, k1]: readonly [number, number]): (text: string) => string {
  return (text) => {
    const state = new HalfSip(k0, k1);
    const { length } = text;
    let index = 0;
    for (; index + 1 < length; index += 2) {
      state.add(text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16));
    }
    // The last word ends with the number of bytes, modulo 256.
    state.add((index < length ? text.charCodeAt(index) : 0) | (length << 25));
    const [low, high] = state.end();
    return (0x100000000 * (high & 0x1fffff) + low).toString(36);
  };
}

/** The state of one hash. */
class HalfSip {
  #v0: number;
  #v1: number;
  #v2: number;
  #v3: number;

  constructor(k0: number, k1: number) {
    this.#v0 = k0;
    // Of an output of 64 bits.
    this.#v1 = k1 ^ 0xee;
    this.#v2 = k0 ^ 0x6c796765;
    this.#v3 = k1 ^ 0x74656462;
  }

  add(word: number): void {
    this.#v3 ^= word;
    this.#rounds(2);
    this.#v0 ^= word;
  }

  /** The 64 bits, as two words without a sign. */
  end(): [low: number, high: number] {
    this.#v2 ^= 0xee;
    this.#rounds(4);
    const low = (this.#v1 ^ this.#v3) >>> 0;
    this.#v1 ^= 0xdd;
    this.#rounds(4);
    return [low, (this.#v1 ^ this.#v3) >>> 0];
  }

  #rounds(count: number): void {
    let [v0, v1, v2, v3] = [this.#v0, this.#v1, this.#v2, this.#v3];
    for (let round = 0; round < count; round++) {
      v0 = (v0 + v1) | 0;
      v1 = rotate(v1, 5) ^ v0;
      v0 = rotate(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotate(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotate(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotate(v1, 13) ^ v2;
      v2 = rotate(v2, 16);
    }
    this.#v0 = v0;
    this.#v1 = v1;
    this.#v2 = v2;
    this.#v3 = v3;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
