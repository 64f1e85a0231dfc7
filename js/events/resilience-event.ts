import { bareCopy } from '../platform/property.ts';
import type { EventType } from './event-type.ts';
import { PrintedEvent } from './printed-event.ts';

/** The `detail` of an event by its type; the other types have none. `R` is the type of the function's result. */
export interface EventDetails<R = unknown> {
  /** Why a stale result was returned, and its age. */
  cache_stale: {
    /** While it is refreshed, since the call failed, or since the call takes too long. */
    readonly reason: 'revalidate' | 'error' | 'slow';
    /** Seconds since the ttl of the result was over. */
    readonly age: number;
  };
  /** Whether the call ran in the background; `undefined` if it did not. */
  success: BackgroundDetail | undefined;
  /** Whether the call ran in the background; `undefined` if it did not. */
  failure: BackgroundDetail | undefined;
  /** The failed attempt, and the pause that starts now. */
  retry: AttemptDetail<R> & {
    /** The pause before the next attempt, in seconds. */
    readonly delay: number;
  };
  /** The failed last attempt. */
  retry_exhausted: AttemptDetail<R>;
  /** The time limit that was exceeded. */
  timeout: {
    /** The limit of one attempt, of the whole call, or of the wait for the next byte of a body. */
    readonly scope: 'attempt' | 'total' | 'idle';
    /** The limit, in seconds. */
    readonly seconds: number;
  };
  /** Whether a call was refused, or the breaker opened. */
  circuit_open: {
    /** `true`: a call was refused. `false`: the breaker opened. */
    readonly refused: boolean;
  };
  /** The breaker allows probes. */
  circuit_half_open: {
    /** Always `false`. */
    readonly refused: false;
  };
  /** The breaker closed. */
  circuit_closed: {
    /** Always `false`. */
    readonly refused: false;
  };
}

/** The call replaced a stale result in the background. */
export interface BackgroundDetail {
  /** Always `true`. */
  readonly background: true;
}

/** A failed attempt: it ended with an error, or with a result that counts as a failure. */
export interface AttemptDetail<R = unknown> {
  /** The error; absent if there was a result. */
  readonly error?: unknown;
  /** The result; absent if there was an error. */
  readonly result?: R;
}

/** The `detail` of an event of type `T`. */
export type EventDetail<T extends EventType, R = unknown> = T extends keyof EventDetails
  ? EventDetails<R>[T]
  : undefined;

/** Any event of a wrapped function with results of type `R`. Checking its `type` narrows its `detail`. */
export type AnyResilienceEvent<R = unknown> = {
  [T in EventType]: ResilienceEvent<T, R>;
}[EventType];

/** The fields of a {@link ResilienceEvent}, except its type. */
export interface ResilienceEventDetails<T extends EventType = EventType, R = unknown> {
  /** The wrapped function's name. */
  readonly functionName: string;
  /** The call's cache key. */
  readonly key?: unknown;
  /** The number of the flight, or of the call that is not cached. Default: 0. */
  readonly flight?: number;
  /** The number of the attempt, from 1. Default: 0, for an event that is not about an attempt. */
  readonly attempt?: number;
  /** The error that the event is about. */
  readonly error?: unknown;
  /** Further fields, by type of event. */
  readonly detail?: EventDetail<T, R>;
  /** The duration of the call, in seconds. Default: 0. */
  readonly duration?: number;
}

/** An event of type `T` about a call of a wrapped function with results of type `R`. */
export class ResilienceEvent<T extends EventType = EventType, R = unknown> extends PrintedEvent {
  /** The type of the event. */
  declare readonly type: T;

  /** The wrapped function's name. */
  readonly functionName: string;
  /** The call's cache key; `undefined` without a cache. */
  readonly key: unknown;
  /**
   * One number for all events of a flight, or of a call that is not cached; 0 for an event of a caller that needed no
   * flight.
   */
  readonly flight: number;
  /** The number of the attempt, from 1; 0 for an event that is not about an attempt. */
  readonly attempt: number;
  /** The error that the event is about; `undefined` if there is none. */
  readonly error: unknown;
  /** Further fields, by type of event: {@link EventDetails}. */
  readonly detail: EventDetail<T, R>;
  /** The duration of the call, in seconds; 0 for an event that is not about a finished call. */
  readonly duration: number;

  /** For tests of your listeners; a wrapped function creates its own events. */
  constructor(type: T, details: ResilienceEventDetails<T, R>) {
    super(type);
    const own = bareCopy(details);
    this.functionName = own.functionName;
    this.key = own.key;
    this.flight = own.flight ?? 0;
    this.attempt = own.attempt ?? 0;
    this.error = own.error;
    this.detail = own.detail as EventDetail<T, R>;
    this.duration = own.duration ?? 0;
  }
}
