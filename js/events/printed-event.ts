type Inspect = (value: object, options: object) => string;

/** `Event` with fields only: some libraries declare accessors, which a class that extends them may not redeclare. */
type EventClass = new (type: string) => { readonly [K in keyof Event]: Event[K] };

/** An event that Node prints with all that it tells, and not only with what every event has. */
export const PrintedEvent: EventClass = class extends Event {
  static {
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Event, _depth: number, options: object, inspect: Inspect) {
        const told = Object.entries(this).filter(([name]) => name !== 'isTrusted');
        const fields = Object.fromEntries([['type', this.type], ...told]);
        return `${this.constructor.name} ${inspect(fields, options)}`;
      },
    });
  }
};
