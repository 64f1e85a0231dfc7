import type { Core } from './core.ts';
import bytes from './generated/adaptive.wasm';

let compiled: WebAssembly.Module | undefined;

/** Makes an instance of the inlined bytes, synchronously. */
export function instantiate(): Core {
  compiled ??= new WebAssembly.Module(bytes());
  return new WebAssembly.Instance(compiled).exports as unknown as Core;
}
