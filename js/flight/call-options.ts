import type { FetchRequest } from '../http/results.ts';

/** What a caller asks for, apart from the arguments. */
export interface CallOptions {
  /** The caller leaves when one of them aborts. */
  readonly signals?: readonly AbortSignal[] | undefined;
  /** Run the function even if a result is stored, and replace it. */
  readonly refresh?: boolean | undefined;
}

export const NO_SIGNALS: readonly AbortSignal[] = [];

/** What a call of `fetch` asks for by its arguments, added to what `with` asked for. */
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
