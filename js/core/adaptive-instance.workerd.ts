// The runtime compiles the file ahead of time. It refuses to compile bytes.
import module from './adaptive.wasm';
import type { AdaptiveImports } from './adaptive-imports.ts';
import type { Core } from './core.ts';

/** Makes an instance of the module, which is a file of the package. */
export function instantiate(env: AdaptiveImports): Core {
  return new WebAssembly.Instance(module, { env }).exports as unknown as Core;
}
