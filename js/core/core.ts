import type * as Exports from './generated/exports.d.ts';
import { instantiate } from './instance.ts';

/** The compiled Rust: integers and floats in, integers out. `src/bindings.rs` documents each function. */
export type Core = typeof Exports;

let current: Core | undefined;

/**
 * The instance that new caches use, made for the first of them: importing the package must cost next to nothing, and
 * must work where WebAssembly is refused.
 * @throws Error where the runtime refuses WebAssembly
 */
export function core(): Core {
  current ??= start();
  return current;
}

/** Puts a fresh instance in the place of one that trapped, and whose memory nobody can vouch for. */
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
