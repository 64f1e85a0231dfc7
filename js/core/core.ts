import { instantiate } from '#instance';
import type * as Exports from './generated/exports.d.ts';

/** The exports of the compiled Rust. `crates/wasm/src/bindings.rs` documents each function. */
export type Core = typeof Exports;

/**
 * The instance that new caches use. The first cache makes it: importing the package must be quick, and must work in a
 * runtime that refuses WebAssembly.
 */
export class CoreSource {
  readonly #instantiate: () => Core;
  #current: Core | undefined;

  constructor(instantiate: () => Core) {
    this.#instantiate = instantiate;
  }

  /** @throws Error if the runtime refuses WebAssembly */
  get(): Core {
    this.#current ??= this.#start();
    return this.#current;
  }

  /** Replaces an instance that trapped, or has no memory, for new caches, and returns the instance to use. */
  replace(trapped: Core): Core {
    if (this.#current === trapped) this.#current = this.#start();
    return this.get();
  }

  #start(): Core {
    try {
      return this.#instantiate();
    } catch (cause) {
      throw new Error(
        "WebAssembly is refused here, perhaps by a Content-Security-Policy: import 'holdfast/js' instead",
        { cause },
      );
    }
  }
}

/** The core of caches with exact LRU. */
export const lruCore = /* @__PURE__ */ new CoreSource(instantiate);
