import { checkDuration, Options, wrongKind, wrongValue } from '../options/check.ts';
import type { Duration } from '../options/duration.ts';

/** A policy. `optimal` is the bound that no policy exceeds: it knows all requests. */
export type PolicyName =
  | 'lru'
  | 'fifo'
  | 'sieve'
  | 's3-fifo'
  | 'arc'
  | 'lirs'
  | 'w-tinylfu'
  | 'adaptive'
  | 'optimal';

/** The format of a trace. */
export type TraceFormat =
  | 'plain'
  | 'csv'
  | 'tsv'
  | 'json'
  | 'access-log'
  | 'recording'
  | 'arc'
  | 'lirs'
  | 'oracle-general'
  | 'twitter'
  | 'corda'
  | 'cache2k'
  | 'address';

/** The policies, in the order in which reports list them. */
export const POLICIES = [
  'lru',
  'fifo',
  'sieve',
  's3-fifo',
  'arc',
  'lirs',
  'w-tinylfu',
  'adaptive',
  'optimal',
] as const satisfies readonly PolicyName[];

/** The formats of traces. */
export const FORMATS = [
  'plain',
  'csv',
  'tsv',
  'json',
  'access-log',
  'recording',
  'arc',
  'lirs',
  'oracle-general',
  'twitter',
  'corda',
  'cache2k',
  'address',
] as const satisfies readonly TraceFormat[];

/** Does not compile unless both lists have all names of their types. */
export type CheckedNames = [
  Listed<PolicyName, (typeof POLICIES)[number]>,
  Listed<TraceFormat, (typeof FORMATS)[number]>,
];
type Listed<Name extends List, List> = [Name, List];

/** How far a simulation is. */
export interface Progress {
  /** Reading and simulating; simulating what was read; computing the best possible hit ratio. */
  readonly stage: 'read' | 'simulate' | 'optimal';
  /** The bytes read so far, before decompression. */
  readonly bytes: number;
  /** The requests simulated so far. */
  readonly requests: number;
  /** The share of the stage that is done, from 0 to 1; `undefined` if the length of the source is not known. */
  readonly share: number | undefined;
}

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /** The format of the trace. Default: told by its content. */
  readonly format?: TraceFormat | undefined;
  /** The column of the key (name, or number from 1), or its path in JSON (`request.url`). Default: `key`. */
  readonly key?: string | number | undefined;
  /** The column or path of the time: seconds, or milliseconds, microseconds or nanoseconds since 1970, or ISO 8601 dates. Default: `time`. */
  readonly time?: string | number | undefined;
  /** The column or path of the size of the value. Default: `size`. */
  readonly size?: string | number | undefined;
  /** The column or path of the ttl, in seconds. Default: `ttl`. */
  readonly ttl?: string | number | undefined;
  /** The column or path of the operation: only reads, such as `get`, are requests. Default: all lines are. */
  readonly op?: string | number | undefined;
  /** In access logs, the status that a request must have. Default: any. */
  readonly status?: number | undefined;
  /** The policies. Default: all. */
  readonly policies?: readonly PolicyName[] | undefined;
  /** The sizes in entries, up to 64 of them. Default: ten, from a thousandth of the keys to all of them. */
  readonly sizes?: readonly number[] | undefined;
  /** The ttls whose cost is computed, up to 16. Default: `10s`, `1m`, `10m`, `1h`, `1d`, `7d`. */
  readonly ttls?: readonly Duration[] | undefined;
  /** Aborts the simulation. The Promise is rejected with the reason. */
  readonly signal?: AbortSignal | undefined;
  /** Is called for each part of the work. An error that it throws ends the simulation. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

const FIELDS = [
  'format',
  'key',
  'time',
  'size',
  'ttl',
  'op',
  'status',
  'policies',
  'sizes',
  'ttls',
  'signal',
  'onProgress',
];
const DEFAULT_TTLS = ['10s', '1m', '10m', '1h', '1d', '7d'];
/** The largest `maxSize` of a cache. */
const MAX_SIZE = 8_388_608;
const MAX_SIZES = 64;
const MAX_TTLS = 16;
const COLUMN = 'the name of a column, its number from 1, or a path in JSON';

/** The options as the module reads them. */
export interface CheckedOptions {
  readonly settings: object;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** @throws TypeError, RangeError that name the option, its value and what is accepted */
export function checkSimulateOptions(options: unknown): CheckedOptions {
  const reader = new Options(options, '', FIELDS);
  const ttls = readList(reader, 'ttls', MAX_TTLS) ?? DEFAULT_TTLS;
  const policies = readList(reader, 'policies', POLICIES.length) ?? POLICIES;
  const format = reader.readField('format');
  const settings = {
    format: format === undefined ? undefined : checkName('format', FORMATS, format),
    ...Object.fromEntries(
      ['key', 'time', 'size', 'ttl', 'op'].map((name) => [name, readColumn(reader, name)]),
    ),
    status:
      reader.readField('status') === undefined
        ? undefined
        : reader.readInteger('status', 0, 100, 599),
    policies: policies.map((name, index) => checkName(`policies[${index}]`, POLICIES, name)),
    sizes: (readList(reader, 'sizes', MAX_SIZES) ?? []).map(checkSize),
    ttls: ttls
      .map((ttl, index) => checkDuration(`ttls[${index}]`, ttl, 'above zero'))
      .sort((a, b) => a - b),
  };
  const signal = reader.readField('signal');
  if (signal !== undefined && !isSignal(signal))
    throw wrongKind('signal', 'an AbortSignal', signal);
  return { settings, signal, onProgress: reader.readFunction('onProgress') };
}

function isSignal(value: unknown): value is AbortSignal {
  return typeof AbortSignal === 'function' && value instanceof AbortSignal;
}

function readList(reader: Options, name: string, most: number): unknown[] | undefined {
  const list = reader.readField(name);
  if (list === undefined) return undefined;
  const accepted = `an array of 1 to ${most} elements`;
  if (!Array.isArray(list)) throw wrongKind(name, accepted, list);
  if (list.length === 0 || list.length > most) {
    throw new RangeError(`${name} must be ${accepted}, got ${list.length}`);
  }
  return Array.from(new Set<unknown>(list));
}

function checkName(path: string, names: readonly string[], value: unknown): string {
  const accepted = `one of ${names.join(', ')}`;
  if (typeof value !== 'string') throw wrongKind(path, accepted, value);
  if (!names.includes(value)) throw wrongValue(path, accepted, value);
  return value;
}

function checkSize(value: unknown, index: number): number {
  const path = `sizes[${index}]`;
  const accepted = `an integer from 1 to ${MAX_SIZE}`;
  if (typeof value !== 'number') throw wrongKind(path, accepted, value);
  if (!Number.isInteger(value) || value < 1 || value > MAX_SIZE)
    throw wrongValue(path, accepted, value);
  return value;
}

function readColumn(reader: Options, name: string): string | undefined {
  const value = reader.readField(name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') throw wrongKind(name, COLUMN, value);
  if (value === '' || (typeof value === 'number' && !(Number.isInteger(value) && value > 0))) {
    throw wrongValue(name, COLUMN, value);
  }
  return String(value);
}
