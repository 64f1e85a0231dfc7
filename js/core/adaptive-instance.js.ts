import type { Core } from './core.ts';
import makeInstance from './generated/adaptive.js';

/** Makes an instance of the core translated to JavaScript, for runtimes that refuse WebAssembly. */
export function instantiate(): Core {
  return makeInstance() as unknown as Core;
}
