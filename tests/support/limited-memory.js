const { Module } = WebAssembly;
const MEMORY_SECTION = 5;

/**
 * A copy of the package, each of whose WebAssembly instances has at most this many pages of 64 KiB, and an array of those
 * instances. Modules are compiled when the first cache is made: this makes one.
 *
 * @param load imports the package, or a bundle of sources
 */
export async function importLimited(pages, load) {
  const { importWatched } = await import('./fresh-package.js');
  WebAssembly.Module = class extends Module {
    constructor(bytes) {
      super(limited(new Uint8Array(bytes), pages));
    }
  };
  try {
    return await importWatched(undefined, load);
  } finally {
    WebAssembly.Module = Module;
  }
}

/** The module with a maximum added to its memory. */
function limited(bytes, pages) {
  let at = 8;
  while (bytes[at] !== MEMORY_SECTION) {
    let length = 0;
    let shift = 0;
    let byte;
    do {
      byte = bytes[++at];
      length |= (byte & 127) << shift;
      shift += 7;
    } while (byte & 128);
    at += 1 + length;
  }
  const [size, count, flags, least] = bytes.subarray(at + 1, at + 5);
  if (size !== 3 || count !== 1 || flags !== 0 || pages > 127) throw new Error('Unexpected memory');
  const section = [MEMORY_SECTION, 4, 1, 1, least, pages];
  return Uint8Array.of(...bytes.subarray(0, at), ...section, ...bytes.subarray(at + 5));
}
