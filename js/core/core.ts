import type * as Exports from './generated/exports.d.ts';
import bytes from './generated/holdfast.wasm';

/** The compiled Rust: integers and floats in, integers and floats out. `src/bindings.rs` documents each function. */
export type Core = typeof Exports;

let module: WebAssembly.Module | undefined;
let current: Core | undefined;

/** The instance that new caches use; compiled synchronously, its few kilobytes are inlined. */
export function core(): Core {
  current ??= instantiate();
  return current;
}

/** Puts a fresh instance in the place of one that trapped, and whose memory nobody can vouch for. */
export function replaceCore(trapped: Core): Core {
  if (current === trapped) current = instantiate();
  return core();
}

function instantiate(): Core {
  module ??= new WebAssembly.Module(bytes);
  return new WebAssembly.Instance(module).exports as unknown as Core;
}

core();
