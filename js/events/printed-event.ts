import { show } from '../options/check.ts';

/** The name of the method that Node calls to print an object. */
export const INSPECT: unique symbol = /* @__PURE__ */ Symbol.for(
  'nodejs.util.inspect.custom',
) as never;

/** `inspect` of `node:util`, the third argument of that method. */
export type Inspect = (value: object, options: object) => string;

/** The fields of an event, without `isTrusted`, which is an own property of every event. */
function fieldsOf(event: Event): [string, unknown][] {
  const own: object = event;
  return Object.entries({ type: event.type, ...own }).filter(([name]) => name !== 'isTrusted');
}

/**
 * A value that JSON keeps: for an error its name, message, code and cause, for a `Response` its status, and for a value
 * that JSON refuses a description.
 */
function toPlain(value: unknown): unknown {
  try {
    // Errors are recognized by their fields: an error of another realm is no instance of `Error`.
    const text = JSON.stringify(value, (_key, part) => {
      if (!part) return part;
      const { name, message, code, cause, stack, status } = part;
      if (stack && message !== undefined) return { name, message, code, cause };
      // A `Response` has no own properties.
      return typeof status === 'number' && Object.keys(part).length === 0 ? { status } : part;
    });
    return JSON.parse(text);
  } catch {
    // A cycle, a BigInt, a getter that throws, or `undefined`.
    return value && show(value);
  }
}

/** `Event` with fields: some type libraries declare accessors, which a subclass may not redeclare as fields. */
type EventClass = new (type: string) => { readonly [K in keyof Event]: Event[K] };

/** An event whose fields appear when Node prints it and in JSON. */
export const PrintedEvent: EventClass = class extends Event {
  [INSPECT](_depth: number, options: object, inspect: Inspect) {
    return `${this.constructor.name} ${inspect(Object.fromEntries(fieldsOf(this)), options)}`;
  }

  toJSON() {
    return Object.fromEntries(fieldsOf(this).map(([name, value]) => [name, toPlain(value)]));
  }
};
