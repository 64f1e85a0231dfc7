import { RateLimitExceededError } from '../../errors/rate-limit-exceeded-error.ts';
import type { Reporter } from '../../events/reporter.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { limiterAccess, type RateLimiter } from './rate-limiter.ts';

/** The layer that takes one token for a call, whatever the number of its attempts. */
export function rateLimiterLayer(limiter: RateLimiter, reporter: Reporter): Layer {
  const { take } = limiterAccess(limiter);
  return (next) => async (call, cancellation) => {
    const token = take(cancellation);
    if (typeof token === 'number') {
      const { functionName } = reporter;
      const error = new RateLimitExceededError({ functionName, retryAfter: token / 1_000 });
      reporter.report('rate_limited', { key: call.key, error });
      throw error;
    }
    if (token) await token;
    if (cancellation.aborted) throw cancellation.reason;
    return next(call, cancellation);
  };
}
