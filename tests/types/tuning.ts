// What TypeScript says about holdfast/tuning.
import { ResultCache, resilient } from 'holdfast';
import {
  type Report,
  record,
  simulate,
  type TraceSource,
  toHtml,
  toSvg,
  toText,
} from 'holdfast/tuning';

const controller = new AbortController();
const load = resilient(async (id: number) => id, { cache: true });
const cache = new ResultCache<number>();

// Functions and caches can be recorded, and a recording is a source.
const recording: ReadableStream<Uint8Array> = record(load, { signal: controller.signal });
record(cache, { plainKeys: true });
record(new Map<string, number>());
const source: TraceSource = recording;

const report: Promise<Report> = simulate(source, {
  format: 'csv',
  key: 'url',
  time: 2,
  policies: ['lru', 'optimal'],
  sizes: [10],
  ttls: ['5m', 30],
  signal: controller.signal,
  onProgress: ({ stage, share }) => {
    const part: number | undefined = share;
    console.log(stage.toUpperCase(), part);
  },
});
simulate(new Blob([]));
simulate(new Uint8Array(1));
// @ts-expect-error a path is no source
simulate('access.log');
// @ts-expect-error no such policy
simulate(source, { policies: ['lfu'] });
// @ts-expect-error no such format
simulate(source, { format: 'xml' });
// @ts-expect-error a function has to be wrapped
record(() => 1);

report.then((found) => {
  const size: number = found.smallest.size;
  const text: string = toText(found, { width: 80 }) + toSvg(found) + toHtml(found, { title: 'x' });
  // @ts-expect-error reports are read-only
  found.sizes.push(size);
  // @ts-expect-error a trace may have no times
  const cost: number = found.ttl.rows.length;
  return [text, cost];
});
