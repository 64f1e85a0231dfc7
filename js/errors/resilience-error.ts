import { bareCopy } from '../platform/property.ts';

/** What every error that holdfast itself raises about a call tells. */
export interface ResilienceErrorDetails {
  /** The wrapped function's name. */
  readonly functionName: string;
  /** Seconds after which another try makes sense, where that is known. */
  readonly retryAfter?: number | undefined;
  /** What led to it, where something did. */
  readonly cause?: unknown;
}

/** Names a class of errors. An assignment would throw where `Error.prototype` is frozen. */
export function setName({ prototype }: { readonly prototype: Error }, value: string): void {
  const descriptor = { __proto__: null, value, writable: true, configurable: true };
  Object.defineProperty(prototype, 'name', descriptor);
}

/** The common class of the errors that a pattern raises; `code` tells them apart. */
export class ResilienceError extends Error {
  static {
    // By `this`: where a class mentions its own name, the build gives it another one.
    setName(this, 'ResilienceError');
  }

  /** A constant that names the kind of error, such as `'TIMEOUT'`. */
  readonly code: string;
  /** The wrapped function's name. */
  readonly functionName: string;
  /** Seconds after which another try makes sense; `undefined` where that is not known. */
  readonly retryAfter: number | undefined;

  /** For errors of one's own that are to be told like these. */
  constructor(message: string, code: string, details: ResilienceErrorDetails) {
    const { cause, functionName, retryAfter } = bareCopy(details);
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.functionName = functionName;
    this.retryAfter = retryAfter;
  }
}
