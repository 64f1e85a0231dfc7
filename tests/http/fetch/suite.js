import { breakerAndFallback } from './breaker-and-fallback.js';
import { brokenBodies } from './broken-bodies.js';
import { bulkheads } from './bulkheads.js';
import { cacheControl } from './cache-control.js';
import { copies } from './copies.js';
import { flights } from './flights.js';
import { functions } from './functions.js';
import { keys } from './keys.js';
import { largeBodies } from './large-bodies.js';
import { methods } from './methods.js';
import { pagesAt } from './pages.js';
import { redirects } from './redirects.js';
import { retries } from './retries.js';
import { retryAfter } from './retry-after.js';
import { sent } from './sent.js';
import { servedAgain } from './served-again.js';
import { signals } from './signals.js';
import { stored } from './stored.js';
import { timeouts } from './timeouts.js';
import { unsafeMethods } from './unsafe-methods.js';
import { useOfBodies } from './use-of-bodies.js';

/** What `resilient(fetch, options)` does: `{ name, run({ holdfast, base }) }`, in any runtime with fetch. */
export const cases = [
  keys,
  sent,
  methods,
  unsafeMethods,
  cacheControl,
  stored,
  copies,
  useOfBodies,
  servedAgain,
  redirects,
  flights,
  brokenBodies,
  largeBodies,
  retries,
  retryAfter,
  timeouts,
  signals,
  breakerAndFallback,
  bulkheads,
  functions,
].flatMap((tests) =>
  Object.entries(tests).map(([name, run]) => ({
    name,
    run: ({ holdfast, base }) => run({ ...holdfast, page: pagesAt(base).page }),
  })),
);
