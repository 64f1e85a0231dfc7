/**
 * Returns a function that hashes texts to 53 bits, differently for each seed. It hides keys from a reader of the recording;
 * without the seed, a reader cannot test guesses. It is no cryptographic hash.
 */
export function keyHasher(seed: readonly [number, number]): (text: string) => string {
  return (text) => {
    let [high, low] = seed;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      high = Math.imul(high ^ code, 0x9e3779b1);
      low = Math.imul(low ^ code, 0x85ebca77);
      high ^= high >>> 15;
      low ^= low >>> 13;
    }
    high = Math.imul(high ^ (low >>> 16), 0xc2b2ae3d);
    low = Math.imul(low ^ (high >>> 13), 0x27d4eb2f);
    const bits = 0x100000000 * ((high ^ (high >>> 15)) & 0x1fffff) + ((low ^ (low >>> 16)) >>> 0);
    return bits.toString(36);
  };
}
