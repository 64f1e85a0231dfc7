/**
 * `WeakRef`, or, where the runtime has none (Cloudflare Workers with a compatibility date before May 2025), a strong
 * reference in its place: what is only observed then lives as long as what observes it.
 */
export const Weak: new <T extends object>(target: T) => Pick<WeakRef<T>, 'deref'> =
  globalThis.WeakRef ??
  class<T extends object> {
    readonly #target: T;

    constructor(target: T) {
      this.#target = target;
    }

    deref(): T {
      return this.#target;
    }
  };

/** Calls back when an object has been collected. */
export interface Collected<Held> {
  register(target: object, held: Held, token?: object): void;
  unregister(token: object): void;
}

/** A `FinalizationRegistry`; where there is none, what was not freed by hand is freed with the program. */
export function collected<Held>(callback: (held: Held) => void): Collected<Held> {
  return globalThis.FinalizationRegistry
    ? new FinalizationRegistry<Held>(callback)
    : { register() {}, unregister() {} };
}

const callbacks = /* @__PURE__ */ collected<() => void>((callback) => callback());

/** Runs a callback once an object was collected. The callback must not reach the object. */
export function whenCollected(target: object, callback: () => void): void {
  callbacks.register(target, callback);
}
