// The runtime compiles the file ahead of time. It refuses to compile bytes.
import module from './adaptive.wasm';
import type { Core } from './core.ts';

/** Makes an instance of the module, which is a file of the package. */
export function instantiate(): Core {
  return new WebAssembly.Instance(module).exports as unknown as Core;
}
