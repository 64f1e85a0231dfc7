import type { Call } from './call.ts';
import type { Cancellation } from './cancellation.ts';

/** Runs a call through the inner layers. Returns its value or a Promise, or throws. */
export type Run = (call: Call, cancellation: Cancellation) => unknown;

/** Wraps the layers inside it. */
export type Layer = (next: Run) => Run;

/** Wraps layers around the innermost run. The outermost layer is first; absent layers are `undefined`. */
export function compose(layers: readonly (Layer | undefined)[], innermost: Run): Run {
  return layers.reduceRight<Run>((next, layer) => layer?.(next) ?? next, innermost);
}
