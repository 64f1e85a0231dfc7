// The function that the demo calls, without and with holdfast.
import { subscribe } from 'node:diagnostics_channel';
import { resilient } from 'holdfast';

export const OPTIONS = {
  cache: {
    maxSize: 300,
    ttl: '2s',
    staleWhileRevalidate: '1s',
    staleIfError: '1m',
    staleBackoff: '1s',
  },
  retry: { maxAttempts: 3, delay: '50ms' },
  timeout: '400ms',
  circuitBreaker: { failureThreshold: 5, recoveryTimeout: '1s' },
};

// Paths that the HTTP client really sent: a run that times out early sends nothing.
const sent = new Set();
subscribe('undici:client:sendHeaders', ({ request }) => sent.add(request.path));

/** Returns the bare function, the wrapped one, counts of the bare function's runs, and the background refreshes. */
export function createClient(origin) {
  const runs = { started: 0, unsent: 0 };
  const refreshes = [];

  async function readFile(path, { signal } = {}) {
    const url = `/${encodeURI(path)}?run=${++runs.started}`;
    try {
      const response = await fetch(origin + url, { signal });
      if (!response.ok) throw new Error(`status ${response.status}`);
      return await response.text();
    } finally {
      if (!sent.delete(url)) runs.unsent++;
    }
  }

  // The counts are compared once all runs have ended, so the demo waits for the refreshes.
  const waitUntil = (refresh) => refreshes.push(refresh);
  const options = { ...OPTIONS, cache: { ...OPTIONS.cache, waitUntil }, passContext: true };
  return { runs, refreshes, readFile, resilientReadFile: resilient(readFile, options) };
}
