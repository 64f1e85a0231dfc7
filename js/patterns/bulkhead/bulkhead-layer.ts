import { BulkheadFullError } from '../../errors/bulkhead-full-error.ts';
import { watchBody } from '../../http/watched-body.ts';
import type { Pattern } from '../pattern.ts';
import { BULKHEAD_FIELDS, Bulkhead, bulkheadAccess } from './bulkhead.ts';

/** Holds a slot while an attempt runs. A retry releases `call.slot` during a pause, and takes it again. */
export const bulkhead: Pattern<Bulkhead> = {
  option: 'bulkhead',
  fields: BULKHEAD_FIELDS,
  suggestion: 'maxConcurrent concurrency',
  Shared: Bulkhead,
  waits: true,
  delays: true,
  layer:
    (bulkhead, { reporter }) =>
    (next) =>
    async (call, cancellation) => {
      const slot = bulkheadAccess.createSlot(bulkhead, cancellation);
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
          reporter.report('bulkhead_rejected', { key: call.key, error });
          throw error;
        }
        if (cancellation.aborted) throw cancellation.reason;
        call.slot = slot;
        result = await next(call, cancellation);
        if (bulkheadAccess.holdsUntilBody(bulkhead)) {
          return watchBody(result, cancellation, release);
        }
      } catch (error) {
        release();
        throw error;
      }
      release();
      return result;
    },
};
