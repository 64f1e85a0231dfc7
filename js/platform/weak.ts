/**
 * `WeakRef`. If the runtime has none (Cloudflare Workers with a compatibility date before May 2025), a strong reference:
 * its target then lives as long as the reference.
 */
export const Weak: new <T extends object>(target: T) => Pick<WeakRef<T>, 'deref'> =
  globalThis.WeakRef ??
  class<T extends object> {
    readonly deref: () => T;

    constructor(target: T) {
      this.deref = () => target;
    }
  };

/** A `FinalizationRegistry`. */
export interface Collected<Held> {
  register(target: object, held: Held, token?: object): void;
  unregister(token: object): void;
}

/** Creates a `FinalizationRegistry`. If the runtime has none, nothing is called back. */
export function collected<Held>(callback: (held: Held) => void): Collected<Held> {
  return globalThis.FinalizationRegistry
    ? new FinalizationRegistry<Held>(callback)
    : { register() {}, unregister() {} };
}

const callbacks = /* @__PURE__ */ collected<() => void>((callback) => callback());

/** Calls back after an object was collected. The callback must not refer to the object. */
export function whenCollected(target: object, callback: () => void): void {
  callbacks.register(target, callback);
}
