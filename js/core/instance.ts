import type { Core } from './core.ts';
import bytes from './generated/holdfast.wasm';

let module: WebAssembly.Module | undefined;

/** A fresh instance, made synchronously of the few kilobytes that are inlined. */
export function instantiate(): Core {
  module ??= new WebAssembly.Module(bytes());
  return new WebAssembly.Instance(module).exports as unknown as Core;
}
