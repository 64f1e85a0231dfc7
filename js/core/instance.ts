import type { Core } from './core.ts';
import bytes from './generated/holdfast.wasm';

let module: WebAssembly.Module | undefined;

/** Makes an instance of the inlined bytes, synchronously. */
export function instantiate(): Core {
  module ??= new WebAssembly.Module(bytes());
  return new WebAssembly.Instance(module).exports as unknown as Core;
}
