/** The error for a value of a wrong type. If that is a Promise, its rejection counts as handled: the error replaces it. */
export function wrongKind(path: string, accepted: string, value: unknown): TypeError {
  if (isPromise(value)) Promise.resolve(value).catch(() => {});
  return new TypeError(`${path} must be ${accepted}, got ${show(value)}`);
}

/** The error for a value of the right type that is out of range. */
export function wrongValue(path: string, accepted: string, value: unknown): RangeError {
  return new RangeError(`${path} must be ${accepted}, got ${show(value)}`);
}

/** Whether a value is a Promise, of any realm. No other thenable: it may start its work at `then`. */
function isPromise(value: unknown): boolean {
  try {
    return Object.prototype.toString.call(value) === '[object Promise]';
  } catch {
    return false;
  }
}

/** A value as messages show it. Calls no code of the value, such as getters or `toString`. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`;
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

/** The message of a thrown value, which may be no error. */
export function describeError(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'a value that cannot be shown';
  }
}
