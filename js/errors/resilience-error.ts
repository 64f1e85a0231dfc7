import { bareCopy } from '../platform/property.ts';

/** The fields of an error that a pattern throws. */
export interface ResilienceErrorDetails {
  /** The wrapped function's name. */
  readonly functionName: string;
  /** Time in seconds after which a new call may succeed, if that is known. */
  readonly retryAfter?: number | undefined;
  /** The error that led to this one, if there is one. */
  readonly cause?: unknown;
}

/** Sets the `name` of an error class. An assignment would throw if `Error.prototype` is frozen. */
export function setName({ prototype }: { readonly prototype: Error }, value: string): void {
  const descriptor = { __proto__: null, value, writable: true, configurable: true };
  Object.defineProperty(prototype, 'name', descriptor);
}

/** The base class of the errors that patterns throw. Their `code` tells them apart. */
export class ResilienceError extends Error {
  static {
    // `this`, as the build renames a class that refers to its own name.
    setName(this, 'ResilienceError');
  }

  /** The kind of error, such as `'TIMEOUT'`. */
  readonly code: string;
  /** The wrapped function's name. */
  readonly functionName: string;
  /** Time in seconds after which a new call may succeed; `undefined` if that is not known. */
  readonly retryAfter: number | undefined;

  /** For your own subclasses. */
  constructor(message: string, code: string, details: ResilienceErrorDetails) {
    const { cause, functionName, retryAfter } = bareCopy(details);
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.functionName = functionName;
    this.retryAfter = retryAfter;
  }
}
