import type { AdaptiveImports } from './adaptive-imports.ts';
import type { Core } from './core.ts';
import bytes from './generated/adaptive.wasm';

let compiled: WebAssembly.Module | undefined;

/** Makes an instance of the inlined bytes, synchronously. */
export function instantiate(env: AdaptiveImports): Core {
  compiled ??= new WebAssembly.Module(bytes());
  return new WebAssembly.Instance(compiled, { env }).exports as unknown as Core;
}
