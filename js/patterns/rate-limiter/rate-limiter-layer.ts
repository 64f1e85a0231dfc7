import { RateLimitExceededError } from '../../errors/rate-limit-exceeded-error.ts';
import type { Layer } from '../../flight/pipeline.ts';
import type { LayerContext, Pattern } from '../pattern.ts';
import { LIMITER_FIELDS, limiterAccess, RateLimiter } from './rate-limiter.ts';

/** Takes one token for each call, with all its attempts. */
export function rateLimiter(): Pattern<RateLimiter> {
  return {
    option: 'rateLimiter',
    fields: LIMITER_FIELDS,
    Shared: RateLimiter,
    waits: true,
    delays: true,
    layer: rateLimiterLayer,
  };
}

function rateLimiterLayer(limiter: RateLimiter, { reporter }: LayerContext): Layer {
  const { take } = limiterAccess.partsOf(limiter);
  return (next) => async (call, cancellation) => {
    const token = take(cancellation, call);
    if (typeof token === 'number') {
      const { functionName } = reporter;
      const error = new RateLimitExceededError({ functionName, retryAfter: token / 1_000 });
      reporter.report('rate_limited', call, { error });
      throw error;
    }
    if (token) await token;
    if (cancellation.aborted) throw cancellation.reason;
    return next(call, cancellation);
  };
}
