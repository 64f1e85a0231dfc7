import type { Core } from './core.ts';
// Left to the runtime, which compiles it beforehand: it refuses to compile bytes.
import module from './holdfast.wasm';

/** A fresh instance of the module that comes with the package as a file. */
export function instantiate(): Core {
  return new WebAssembly.Instance(module).exports as unknown as Core;
}
