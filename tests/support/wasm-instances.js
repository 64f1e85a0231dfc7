/** All instances of WebAssembly. Import this module before the first is made. */
export const instances = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    instances.push(this);
  }
};

/** The bytes of their memories. */
export function wasmBytes() {
  const memories = instances.map(({ exports }) => exports.memory?.buffer.byteLength ?? 0);
  return memories.reduce((sum, bytes) => sum + bytes, 0);
}
