import * as bindings from './generated/tuning.js';
import bytes from './generated/tuning.wasm';

let isLoaded = false;

/** The functions of the module, which is compiled when it is first used. */
export function loadModule(): typeof bindings {
  if (!isLoaded) bindings.initSync({ module: bytes() });
  isLoaded = true;
  return bindings;
}
