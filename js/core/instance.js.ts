import type { Core } from './core.ts';
import makeInstance from './generated/holdfast.js';

/** A fresh instance of the same core, translated to JavaScript: for where WebAssembly is refused. */
export function instantiate(): Core {
  return makeInstance() as unknown as Core;
}
