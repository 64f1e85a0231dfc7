import { Options, wrongKind } from '../options/check.ts';
import { keyHasher } from './key-hash.ts';

/** A function of `resilient`, as {@link record} uses it. */
export interface RecordableFunction {
  /** Adds a listener for an event of the cache. */
  addEventListener(
    type: 'cache_hit' | 'cache_miss' | 'cache_stale' | 'cache_coalesced',
    listener: (event: { readonly key?: unknown }) => void,
  ): void;
  /** Removes it. */
  removeEventListener(
    type: 'cache_hit' | 'cache_miss' | 'cache_stale' | 'cache_coalesced',
    listener: (event: { readonly key?: unknown }) => void,
  ): void;
}

/** A cache whose method `get` is called with a key, as {@link record} uses it. */
export interface RecordableCache {
  /** Looks a key up. */
  get(key: unknown): unknown;
}

/** Options of {@link record}. */
export interface RecordOptions {
  /** `true`: keys are recorded as they are, instead of a hash. Default: `false`. */
  readonly plainKeys?: boolean | undefined;
  /** Ends the recording: the stream ends after what was recorded. */
  readonly signal?: AbortSignal | undefined;
  /** The most lines that wait for a slow reader. More are left out, and counted in a line of their own. Default: 65,536. */
  readonly maxPending?: number | undefined;
}

const EVENTS = ['cache_hit', 'cache_miss', 'cache_stale', 'cache_coalesced'] as const;
const HEADER = '{"format":"holdfast-recording-1"}\n';
const FIELDS = ['plainKeys', 'signal', 'maxPending'];
const SOURCE = 'a function of resilient with a cache, or a cache with a method get';

/**
 * Records the requests of a running cache, as a stream of bytes: one line of JSON per request, with its key and the time in
 * milliseconds since 1970. {@link simulate} reads it.
 *
 * Records the calls of a wrapped function that reach its cache, or the calls of a cache's `get`, which is replaced on that
 * object until the recording ends. Keys are hashed with a random seed that is not kept, so that the recording tells which
 * requests have the same key, and nothing else about it.
 *
 * A recording ends when its signal aborts or its stream is cancelled.
 *
 * @example
 * const recording = record(getUser, { signal: AbortSignal.timeout(3_600_000) });
 * await pipeline(recording, createGzip(), createWriteStream('requests.jsonl.gz'));
 *
 * @throws TypeError, RangeError for wrong arguments
 */
export function record(
  source: RecordableFunction | RecordableCache,
  options?: RecordOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = new Options(options, '', FIELDS);
  const plainKeys = reader.readBoolean('plainKeys', false);
  const maxPending = reader.readInteger('maxPending', 65_536, 1);
  const signal = reader.readField('signal') as AbortSignal | undefined;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw wrongKind('signal', 'an AbortSignal', signal);
  }
  const toText = plainKeys ? textOf() : hashedText();
  let lines = [HEADER];
  let missed = 0;
  let isOver = false;
  let wake: (() => void) | undefined;
  let stop = () => {};
  const add = (key: unknown) => {
    if (lines.length >= maxPending) missed++;
    else lines.push(`{"key":${JSON.stringify(toText(key))},"time":${Date.now()}}\n`);
    wake?.();
  };
  const end = () => {
    isOver = true;
    stop();
    signal?.removeEventListener('abort', end);
    wake?.();
  };
  stop = listen(source, add);
  if (signal?.aborted) end();
  else signal?.addEventListener('abort', end);

  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        if (lines.length === 0 && missed === 0 && !isOver) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = undefined;
        }
        if (missed > 0) lines.push(`{"key":null,"op":"missed","count":${missed}}\n`);
        if (lines.length > 0) controller.enqueue(encoder.encode(lines.join('')));
        else if (isOver) controller.close();
        lines = [];
        missed = 0;
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** Calls back with the key of each request. Returns a function that ends that. @throws TypeError */
function listen(source: unknown, add: (key: unknown) => void): () => void {
  if (typeof source === 'function' && (source as { cache?: unknown }).cache) {
    const wrapped = source as unknown as RecordableFunction;
    const listener = ({ key }: { readonly key?: unknown }) => add(key);
    for (const type of EVENTS) wrapped.addEventListener(type, listener);
    return () => {
      for (const type of EVENTS) wrapped.removeEventListener(type, listener);
    };
  }
  const cache = source as RecordableCache | null | undefined;
  if (typeof cache !== 'object' || cache === null || typeof cache.get !== 'function') {
    throw wrongKind('source', SOURCE, source);
  }
  const { get } = cache;
  const own = Object.getOwnPropertyDescriptor(cache, 'get');
  const recording = function (this: unknown, key: unknown, ...rest: unknown[]) {
    add(key);
    return (get as (...args: unknown[]) => unknown).call(this, key, ...rest);
  };
  Object.defineProperty(cache, 'get', { value: recording, configurable: true, writable: true });
  return () => {
    // Another recording may have replaced it since: that one still calls this one, which adds nothing more.
    add = () => {};
    if (Object.getOwnPropertyDescriptor(cache, 'get')?.value !== recording) return;
    if (own) Object.defineProperty(cache, 'get', own);
    else delete (cache as { get?: unknown }).get;
  };
}

/** Keys as texts: different for different keys. Objects are numbered. */
function textOf(): (key: unknown) => string {
  const numbers = new WeakMap<object, number>();
  let count = 0;
  return (key) => {
    if (typeof key === 'string') return key;
    if ((typeof key !== 'object' || key === null) && typeof key !== 'function') {
      return `${typeof key}:${String(key)}`;
    }
    let number = numbers.get(key);
    if (number === undefined) {
      number = ++count;
      numbers.set(key, number);
    }
    return `object:${number}`;
  };
}

function hashedText(): (key: unknown) => string {
  const seed = crypto.getRandomValues(new Uint32Array(2));
  const hash = keyHasher([seed[0] as number, seed[1] as number]);
  const toText = textOf();
  return (key) => hash(toText(key));
}
