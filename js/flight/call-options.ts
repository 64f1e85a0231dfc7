import type { FetchRequest } from '../http/results.ts';

/** The options of one call. */
export interface CallOptions {
  /** The caller leaves when one of them aborts. */
  readonly signals?: readonly AbortSignal[] | undefined;
  /** Run the function even if a result is stored, and replace it. */
  readonly refresh?: boolean | undefined;
}

export const NO_SIGNALS: readonly AbortSignal[] = [];

/** The options of a call of `fetch`: those of `with`, and those in its arguments. */
export function callOptionsOf(
  request: FetchRequest,
  options: CallOptions | undefined,
): CallOptions {
  const signals = options?.signals ?? NO_SIGNALS;
  return {
    signals: request.signal ? [...signals, request.signal] : signals,
    refresh: request.refresh || options?.refresh,
  };
}
