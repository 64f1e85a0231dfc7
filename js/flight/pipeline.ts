import type { Call } from './call.ts';
import type { Cancellation } from './cancellation.ts';

/** Runs a call, or what is left of it further inside; returns its value or a Promise, or throws. */
export type Run = (call: Call, cancellation: Cancellation) => unknown;

/** A pattern: wraps what runs inside it. */
export type Layer = (next: Run) => Run;

/** Puts layers, outermost first, around the innermost run. Layers that are not configured are `undefined`. */
export function compose(layers: readonly (Layer | undefined)[], innermost: Run): Run {
  return layers.reduceRight<Run>((next, layer) => layer?.(next) ?? next, innermost);
}
