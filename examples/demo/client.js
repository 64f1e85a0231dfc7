// The function that the demo is about, and how it is made resilient.
import { subscribe } from 'node:diagnostics_channel';
import { resilient } from 'holdfast';

export const OPTIONS = {
  cache: { maxSize: 150, ttl: '5s' },
  retry: { maxAttempts: 3, delay: '50ms' },
  timeout: '400ms',
  circuitBreaker: { failureThreshold: 5, recoveryTimeout: '1s' },
};

// What the HTTP client has really put on the wire: a run that is timed out at a bad moment sends nothing.
const sent = new Set();
subscribe('undici:client:sendHeaders', ({ request }) => sent.add(request.path));

/** The bare function, the resilient one over it, and how often the bare one ran. */
export function createClient(origin) {
  const runs = { started: 0, unsent: 0 };

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

  return {
    runs,
    readFile,
    resilientReadFile: resilient(readFile, { ...OPTIONS, passContext: true }),
  };
}
