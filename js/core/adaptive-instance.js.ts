import type { AdaptiveImports } from './adaptive-imports.ts';
import type { Core } from './core.ts';
import makeInstance from './generated/adaptive.js';

/** Makes an instance of the core translated to JavaScript, for runtimes that refuse WebAssembly. */
export function instantiate(env: AdaptiveImports): Core {
  return makeInstance({ env }) as unknown as Core;
}
