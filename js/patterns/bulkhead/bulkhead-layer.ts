import { BulkheadFullError } from '../../errors/bulkhead-full-error.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { watchBody } from '../../http/watched-body.ts';
import type { LayerContext, Pattern } from '../pattern.ts';
import { BULKHEAD_FIELDS, Bulkhead, bulkheadAccess } from './bulkhead.ts';

/** Holds a slot while an attempt runs. A retry releases `call.slot` during a pause, and takes it again. */
export function bulkhead(): Pattern<Bulkhead> {
  return {
    option: 'bulkhead',
    fields: BULKHEAD_FIELDS,
    suggestion: 'maxConcurrent concurrency',
    Shared: Bulkhead,
    waits: true,
    delays: true,
    layer: bulkheadLayer,
  };
}

function bulkheadLayer(bulkhead: Bulkhead, { reporter }: LayerContext): Layer {
  const { createSlot, holdsUntilBody } = bulkheadAccess.partsOf(bulkhead);
  return (next) => async (call, cancellation) => {
    const slot = createSlot(cancellation, call);
    const release = () => {
      forget();
      slot.release();
    };
    const forget = cancellation.onAbort(() => slot.release());
    let result: unknown;
    try {
      const taken = slot.take(false);
      if (!(typeof taken === 'boolean' ? taken : await taken)) {
        const error = new BulkheadFullError({ functionName: reporter.functionName });
        reporter.report('bulkhead_rejected', call, { error });
        throw error;
      }
      if (cancellation.aborted) throw cancellation.reason;
      call.slot = slot;
      result = await next(call, cancellation);
      if (holdsUntilBody) {
        return watchBody(result, cancellation, release);
      }
    } catch (error) {
      release();
      throw error;
    }
    release();
    return result;
  };
}
