import { show } from '../options/check.ts';

/** The symbol of the method by which Node prints an object. */
export const INSPECT: unique symbol = /* @__PURE__ */ Symbol.for(
  'nodejs.util.inspect.custom',
) as never;

/** `inspect` of `node:util`, as such a method gets it. */
export type Inspect = (value: object, options: object) => string;

/** The fields of an event. `isTrusted`, which every event has as its own, says nothing here. */
function fieldsOf(event: Event): [string, unknown][] {
  const own: object = event;
  return Object.entries({ type: event.type, ...own }).filter(([name]) => name !== 'isTrusted');
}

/** What JSON keeps of a value: of an error its name and message; of a `Response` its status; of what
 * JSON refuses, a description. */
function toPlain(value: unknown): unknown {
  try {
    // An error by its fields, as those of another realm are no `Error` here.
    const text = JSON.stringify(value, (_key, part) => {
      if (!part) return part;
      const { name, message, code, cause, stack, status } = part;
      if (stack && message !== undefined) return { name, message, code, cause };
      // A `Response` has no fields of its own.
      return typeof status === 'number' && Object.keys(part).length === 0 ? { status } : part;
    });
    return JSON.parse(text);
  } catch {
    // A cycle, a BigInt, a getter that throws; or nothing.
    return value && show(value);
  }
}

/** `Event` with fields only: some libraries declare accessors, which a class that extends them may not redeclare. */
type EventClass = new (type: string) => { readonly [K in keyof Event]: Event[K] };

/** An event that Node prints, and JSON carries, with all its fields. */
export const PrintedEvent: EventClass = class extends Event {
  [INSPECT](_depth: number, options: object, inspect: Inspect) {
    return `${this.constructor.name} ${inspect(Object.fromEntries(fieldsOf(this)), options)}`;
  }

  toJSON() {
    return Object.fromEntries(fieldsOf(this).map(([name, value]) => [name, toPlain(value)]));
  }
};
