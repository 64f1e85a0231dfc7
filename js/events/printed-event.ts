type Inspect = (value: object, options: object) => string;

/** An event that Node prints with all that it tells, and not only with what every event has. */
export const PrintedEvent: typeof Event = class extends Event {
  static {
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      __proto__: null,
      value(this: Event, _depth: number, options: object, inspect: Inspect) {
        const told = Object.entries(this).filter(([name]) => name !== 'isTrusted');
        const fields = Object.fromEntries([['type', this.type], ...told]);
        return `${this.constructor.name} ${inspect(fields, options)}`;
      },
    } as PropertyDescriptor);
  }
};
