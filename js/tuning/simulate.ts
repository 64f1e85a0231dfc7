import { adviceFor } from './advice.ts';
import { takeTurn } from './host-turn.ts';
import { newInstance } from './module.ts';
import type { Report } from './report.ts';
import { checkSimulateOptions, type Progress, type SimulateOptions } from './simulate-options.ts';
import { openSource, type TraceSource } from './source.ts';

/**
 * Replays the requests of a trace against eviction policies and sizes, and reports the hit ratios, the smallest size that
 * is good enough, and what a ttl costs. LRU is the order of evictions that this package ships.
 *
 * The trace is read in chunks, and decompressed if it is gzip. The host gets a turn after each part of the work. Memory
 * grows with the number of different keys, not with the number of requests; with `optimal` also by 8 bytes per request,
 * and it is left out above 67 million.
 *
 * @example
 * const report = await simulate(await openAsBlob('access.log'), { policies: ['lru', 'optimal'] });
 * console.log(report.smallest.size, report.smallest.hitRatio);
 *
 * @throws TypeError, RangeError for wrong options; the Promise is rejected with it
 * @throws TypeError for a trace that is not in its format; the message names the formats
 * @throws the reason of `signal`, and the error of the source or of `onProgress`
 */
export async function simulate(source: TraceSource, options?: SimulateOptions): Promise<Report> {
  const { settings, signal, onProgress } = checkSimulateOptions(options);
  const opened = openSource(source);
  signal?.throwIfAborted();
  const report = (stage: Progress['stage'], bytes: number, requests: number, share: number) => {
    onProgress?.({ stage, bytes, requests, share: Number.isNaN(share) ? undefined : share });
  };
  const found = await new Promise<Report>((resolve, reject) => {
    const instance = newInstance((cause) => {
      reject(new Error('the simulation failed, maybe for lack of memory', { cause }));
    });
    instance.simulate(opened, settings, report, takeTurn, signal).then(resolve, reject);
  });
  return { ...found, advice: adviceFor(found) };
}
