import { BulkheadFullError } from '../../errors/bulkhead-full-error.ts';
import type { Reporter } from '../../events/reporter.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { watchBody } from '../../http/watched-body.ts';
import { type Bulkhead, bulkheadAccess } from './bulkhead.ts';

/** The layer that holds a slot while an attempt runs; in a pause, a retry leaves and takes it by the call's `place`. */
export function bulkheadLayer(bulkhead: Bulkhead, reporter: Reporter): Layer {
  const { slotFor: enter, untilBody } = bulkheadAccess(bulkhead);
  return (next) => async (call, cancellation) => {
    const place = enter(cancellation);
    const leave = () => {
      forget();
      place.release();
    };
    const forget = cancellation.onAbort(() => place.release());
    let result: unknown;
    try {
      const taken = place.take(false);
      if (!(typeof taken === 'boolean' ? taken : await taken)) {
        const error = new BulkheadFullError({ functionName: reporter.functionName });
        reporter.report('bulkhead_rejected', { key: call.key, error });
        throw error;
      }
      if (cancellation.aborted) throw cancellation.reason;
      call.slot = place;
      result = await next(call, cancellation);
      if (untilBody) return watchBody(result, cancellation, leave);
    } catch (error) {
      leave();
      throw error;
    }
    leave();
    return result;
  };
}
