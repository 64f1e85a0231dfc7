/**
 * The private parts of a class's instances, for neighbours of the class. Users cannot reach them. Not a static block that
 * reads private members: bundlers would keep the class even if it is unused.
 */
export class Access<Instance extends object, Parts> {
  readonly #parts = new WeakMap<Instance, Parts>();

  /** Called by the constructor of the class. */
  grant(instance: Instance, parts: Parts): void {
    this.#parts.set(instance, parts);
  }

  /** Whether there are parts for a value. */
  has(value: object): boolean {
    return this.#parts.has(value as Instance);
  }

  partsOf(instance: Instance): Parts {
    return this.#parts.get(instance) as Parts;
  }
}
