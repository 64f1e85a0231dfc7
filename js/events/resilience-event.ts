import { bareCopy } from '../platform/property.ts';
import type { EventType } from './event-type.ts';
import { PrintedEvent } from './printed-event.ts';

/**
 * What the `detail` of an event is, by its type; those that are not here have none. `R`: what the function results in.
 */
export interface EventDetails<R = unknown> {
  /** How the attempt ended, and the pause that starts now. */
  retry: AttemptDetail<R> & {
    /** The pause, in seconds. */
    readonly delay: number;
  };
  /** How the last attempt ended. */
  retry_exhausted: AttemptDetail<R>;
  /** What ran out, and how long it was. */
  timeout: {
    /** One attempt, the call as a whole, or the wait for the next byte of a body. */
    readonly scope: 'attempt' | 'total' | 'idle';
    /** The time that there was. */
    readonly seconds: number;
  };
  /** Whether a call was refused, or the breaker opened. */
  circuit_open: {
    /** `false`: the breaker opened. */
    readonly refused: boolean;
  };
  /** No call was refused. */
  circuit_half_open: {
    /** Always. */
    readonly refused: false;
  };
  /** No call was refused. */
  circuit_closed: {
    /** Always. */
    readonly refused: false;
  };
}

/** How an attempt failed: by an error, or by a result that is as good as one. */
export interface AttemptDetail<R = unknown> {
  /** What it threw; absent when it gave a result. */
  readonly error?: unknown;
  /** What it gave; absent when it threw. */
  readonly result?: R;
}

/** The `detail` of an event of type `T`. */
export type EventDetail<T extends EventType, R = unknown> = T extends keyof EventDetails
  ? EventDetails<R>[T]
  : undefined;

/** Any event of a wrapped function that results in `R`: to look at its `type` is to know its `detail`. */
export type AnyResilienceEvent<R = unknown> = {
  [T in EventType]: ResilienceEvent<T, R>;
}[EventType];

/** What a {@link ResilienceEvent} tells beside its type. */
export interface ResilienceEventDetails<T extends EventType = EventType, R = unknown> {
  /** The wrapped function's name. */
  readonly functionName: string;
  /** The call's cache key. */
  readonly key?: unknown;
  /** The attempt it is about, from 1. Default 0: about none. */
  readonly attempt?: number;
  /** The error it is about. */
  readonly error?: unknown;
  /** More about it, by type of event. */
  readonly detail?: EventDetail<T, R>;
  /** How long the call took, in seconds. Default 0. */
  readonly duration?: number;
}

/** Something of type `T` that happened to a call of a wrapped function, which results in `R`. */
export class ResilienceEvent<T extends EventType = EventType, R = unknown> extends PrintedEvent {
  /** What happened. */
  declare readonly type: T;

  /** The wrapped function's name. */
  readonly functionName: string;
  /** The call's cache key; `undefined` without a cache. */
  readonly key: unknown;
  /** The attempt it is about, from 1; 0 where it is about none. */
  readonly attempt: number;
  /** The error it is about, where it is about one. */
  readonly error: unknown;
  /** More about it, by type of event: {@link EventDetails}. */
  readonly detail: EventDetail<T, R>;
  /** How long the call took, in seconds; 0 where that is not meant. */
  readonly duration: number;

  /** As a wrapped function makes it. */
  constructor(type: T, details: ResilienceEventDetails<T, R>) {
    super(type);
    const own = bareCopy(details);
    this.functionName = own.functionName;
    this.key = own.key;
    this.attempt = own.attempt ?? 0;
    this.error = own.error;
    this.detail = own.detail as EventDetail<T, R>;
    this.duration = own.duration ?? 0;
  }
}
