import { instantiate } from '#instance';
import type * as Exports from './generated/exports.d.ts';

/** The exports of the compiled Rust. `crates/wasm/src/bindings.rs` documents each function. */
export type Core = typeof Exports;

let current: Core | undefined;

/**
 * The instance that new caches use. The first cache makes it: importing the package must be quick, and must work in a
 * runtime that refuses WebAssembly.
 * @throws Error if the runtime refuses WebAssembly
 */
export function core(): Core {
  current ??= start();
  return current;
}

/** Replaces an instance that trapped, or has no memory, for new caches, and returns the instance to use. */
export function replaceCore(trapped: Core): Core {
  if (current === trapped) current = start();
  return core();
}

function start(): Core {
  try {
    return instantiate();
  } catch (cause) {
    throw new Error(
      "WebAssembly is refused here, perhaps by a Content-Security-Policy: import 'holdfast/js' instead",
      { cause },
    );
  }
}
