import type { ResilienceErrorDetails } from '../errors/resilience-error.ts';
import { Access } from '../platform/access.ts';

/**
 * Permission for one call. Report its outcome once; it is ignored if the state has changed since.
 * @param failed `undefined` for a call that is neither a success nor a failure
 */
export type Permit = (failed: boolean | undefined, milliseconds?: number, error?: unknown) => void;

/** The private parts of a `CircuitBreaker` that its layer and a tier use. */
export interface BreakerAccess {
  /** Permission for a call; `undefined` if the breaker refuses it. */
  acquire(): Permit | undefined;
  /** Whether a call that ended in this error failed; `undefined` if the error is ignored. */
  isFailure(error: unknown): boolean | undefined;
  isSlow(milliseconds: number): boolean;
  /** The error of the last failure, and the seconds until the breaker lets a probe through, if these are known. */
  refusal(): Pick<ResilienceErrorDetails, 'cause' | 'retryAfter'>;
  /** Reports changes of state to an observer, which is held weakly. */
  observe(
    observer: (
      state: 'closed' | 'open' | 'half-open',
      error: unknown,
      key?: unknown,
      refused?: boolean,
    ) => void,
  ): void;
}

export const breakerAccess = /* @__PURE__ */ new Access<object, BreakerAccess>();
