import type { EventType } from './event-type.ts';
import { PrintedEvent } from './printed-event.ts';

/** What a {@link ResilienceEvent} tells beside its type. */
export interface ResilienceEventDetails {
  /** The wrapped function's name. */
  readonly functionName: string;
  /** The call's cache key. */
  readonly key?: unknown;
  /** The attempt it is about, from 1. Default 0: about none. */
  readonly attempt?: number;
  /** The error it is about. */
  readonly error?: unknown;
  /** More about it, by type of event. */
  readonly detail?: unknown;
  /** How long the call took, in seconds. Default 0. */
  readonly duration?: number;
}

/** Something that happened to a call of a wrapped function. */
export class ResilienceEvent extends PrintedEvent {
  /** What happened. */
  declare readonly type: EventType;

  /** The wrapped function's name. */
  readonly functionName: string;
  /** The call's cache key; `undefined` without a cache. */
  readonly key: unknown;
  /** The attempt it is about, from 1; 0 where it is about none. */
  readonly attempt: number;
  /** The error it is about, where it is about one. */
  readonly error: unknown;
  /** More about it, by type of event; see the list of events in the README. */
  readonly detail: unknown;
  /** How long the call took, in seconds; 0 where that is not meant. */
  readonly duration: number;

  /** As a wrapped function makes it. */
  constructor(type: EventType, details: ResilienceEventDetails) {
    super(type);
    this.functionName = details.functionName;
    this.key = details.key;
    this.attempt = details.attempt ?? 0;
    this.error = details.error;
    this.detail = details.detail;
    this.duration = details.duration ?? 0;
  }
}
