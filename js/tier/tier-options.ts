import type { Duration } from '../options/duration.ts';
import { wrongKind, wrongValue } from '../options/messages.ts';
import { OptionReader } from '../options/option-reader.ts';
import { isObject, readProperty } from '../platform/property.ts';
import { breakerAccess } from './breaker-seam.ts';
import { type Codec, defaultCodec } from './codec.ts';

/** The options of every tier. */
export interface TierOptions {
  /** The longest wait for one answer of the store; then the call goes on without the tier. Default: 250 ms. */
  readonly timeout?: Duration | undefined;
  /**
   * The lifetime of a lease. The process that runs the function renews it after each third. A process that dies delays the
   * others by at most this. Default: 5 seconds.
   */
  readonly lease?: Duration | undefined;
  /**
   * After a result was invalidated, no process returns it longer than this, whatever happens to the network. Default: 5
   * seconds; 1 second if the store does not report changes.
   */
  readonly maxStale?: Duration | undefined;
  /**
   * When the connection is closed after failures, and opened again. A `CircuitBreaker` is told of each operation. While it is
   * open, there is no connection, and functions go on without the tier; half-open, the tier connects again.
   */
  readonly breaker?: TierBreakerOptions | TierBreaker | undefined;
  /** Turns results into bytes. Default: JSON for plain data, else a format with more types. */
  readonly codec?: Codec | undefined;
  /** The largest encoded result that is stored, in bytes; each process keeps its own copy of a larger one. Default 1,048,576 (1 MiB). */
  readonly maxValueBytes?: number | undefined;
}

/** A `CircuitBreaker` of this package. */
export interface TierBreaker {
  /** The state; `half-open` as soon as the next call would be let through as a probe. */
  readonly state: 'closed' | 'open' | 'half-open';
  /** Closes the breaker, and forgets the recorded calls. */
  reset(): void;
  /** Opens the breaker until `reset()` or `forceClose()`. */
  forceOpen(): void;
  /** The same as `reset()`. */
  forceClose(): void;
}

/** When the connection of a tier is closed, and opened again. A timeout counts as the last failure. */
export interface TierBreakerOptions {
  /** The number of failures in a row. Default 3. */
  readonly failureThreshold?: number | undefined;
  /** The time until the next attempt, shortened at random, and doubled for each one that fails. Default: 1 second. */
  readonly recoveryTimeout?: Duration | undefined;
  /** The longest such time. Default: 30 seconds. */
  readonly maxRecoveryTimeout?: Duration | undefined;
}

export const TIER_FIELDS = [
  'timeout commandTimeout',
  'lease lockTimeout lockTtl',
  'maxStale',
  'breaker circuitBreaker',
  'codec serializer',
  'maxValueBytes maxValueSize',
];

/** {@link TierOptions} after the check. Times are in milliseconds. */
export interface TierSettings {
  readonly timeoutMs: number;
  readonly leaseMs: number;
  maxStaleMs: number;
  /** Whether `maxStale` was set. */
  readonly hasMaxStale: boolean;
  readonly breaker: {
    readonly failures: number;
    readonly recoveryMs: number;
    readonly maxRecoveryMs: number;
  };
  readonly sharedBreaker: TierBreaker | undefined;
  readonly codec: Codec;
  readonly maxValueBytes: number;
}

/** The start of all keys. @throws TypeError */
export function readPrefix(options: OptionReader): string {
  return options.readTyped<string>('prefix', 'string', 'a string') ?? 'holdfast';
}

/** @throws TypeError, RangeError */
export function readTierSettings(options: OptionReader): TierSettings {
  const positive = (name: string, fallback: number, reader = options) =>
    reader.readDuration(name, fallback, 'above zero');
  const breakerOption = options.readField('breaker');
  const sharedBreaker = isBreaker(breakerOption) ? breakerOption : undefined;
  const breaker = new OptionReader(
    sharedBreaker ? undefined : breakerOption,
    options.pathOf('breaker'),
    ['failureThreshold', 'recoveryTimeout', 'maxRecoveryTimeout'],
  );
  const codec = options.readField('codec') ?? defaultCodec;
  if (!isCodec(codec)) {
    throw wrongKind(options.pathOf('codec'), 'an object with name, encode and decode', codec);
  }
  const leaseMs = positive('lease', 5_000);
  if (leaseMs < 10) {
    throw wrongValue(options.pathOf('lease'), 'at least 10 ms', options.readField('lease'));
  }
  return {
    timeoutMs: positive('timeout', 250),
    leaseMs: Math.ceil(leaseMs),
    maxStaleMs: positive('maxStale', 5_000),
    hasMaxStale: options.readField('maxStale') !== undefined,
    breaker: {
      failures: breaker.readInteger('failureThreshold', 3, 1),
      recoveryMs: positive('recoveryTimeout', 1_000, breaker),
      maxRecoveryMs: positive('maxRecoveryTimeout', 30_000, breaker),
    },
    sharedBreaker,
    codec,
    maxValueBytes: options.readInteger('maxValueBytes', 1_048_576, 1),
  };
}

/** @throws TypeError for an object like a breaker that is none */
function isBreaker(value: unknown): value is TierBreaker {
  if (!isObject(value)) return false;
  if (breakerAccess.has(value)) return true;
  if (typeof readProperty(value, 'forceOpen') === 'function') {
    throw wrongKind('breaker', 'options or a CircuitBreaker of this package', value);
  }
  return false;
}

function isCodec(value: unknown): value is Codec {
  return (
    isObject(value) &&
    typeof readProperty(value, 'name') === 'string' &&
    typeof readProperty(value, 'encode') === 'function' &&
    typeof readProperty(value, 'decode') === 'function'
  );
}
