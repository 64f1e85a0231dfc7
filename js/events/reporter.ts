import { ResilienceError } from '../errors/resilience-error.ts';
import { startTimer } from '../time/timer.ts';
import type { EventType } from './event-type.ts';
import { Listeners, nesting, notification, notify } from './listeners.ts';
import {
  type AnyResilienceEvent,
  ResilienceEvent,
  type ResilienceEventDetails,
} from './resilience-event.ts';

/** Maximum depth of nested listener calls at which a listener may still call the function. */
const MAX_NESTED_LISTENERS = 50;
/** Maximum listener calls that call the function, within one turn of the event loop. */
const MAX_CALLING_LISTENERS = 10_000;
/** Each call from outside of listeners raises that maximum by this, the number of its events. */
const EVENTS_PER_CALL = 4;
/** Maximum that calls from outside of listeners can add. */
const MAX_ADDED_LISTENERS = 50_000;

/** What an event is about: a call, or a flight. */
interface EventSource {
  readonly key: unknown;
  /** The number of the flight. */
  readonly flight: number;
}

/** Creates and dispatches the events of one wrapped function. */
export class Reporter {
  readonly functionName: string;
  readonly listeners = new Listeners<ResilienceEvent>();
  /**
   * The listener calls that have called the function, since the event loop turned or the function was called from
   * outside of listeners. Negative after calls from outside, whose events may all come in one turn.
   */
  #callingListeners = 0;
  /** The number of the last listener call that was counted. */
  #lastCounted = 0;
  readonly #onEvent: ((event: AnyResilienceEvent) => unknown) | undefined;

  constructor(functionName: string, onEvent?: (event: AnyResilienceEvent) => unknown) {
    this.functionName = functionName;
    this.#onEvent = onEvent;
  }

  /**
   * Whether to refuse a call because listeners call the function in answer to every event. After one refused call, all
   * calls by listeners are refused until the event loop turns or the function is called from outside of listeners. With
   * two events per call, there could otherwise be 2^50 calls.
   */
  isReentrant(): boolean {
    if (notification === 0) {
      this.#callingListeners = Math.max(
        Math.min(this.#callingListeners, 0) - EVENTS_PER_CALL,
        -MAX_ADDED_LISTENERS,
      );
      return false;
    }
    if (this.#lastCounted !== notification) {
      this.#lastCounted = notification;
      this.#callingListeners++;
      // Repeated, as a timer may be lost.
      if (this.#callingListeners % MAX_NESTED_LISTENERS === 0) this.#awaitTurn();
    }
    if (nesting > MAX_NESTED_LISTENERS) {
      if (this.#callingListeners <= MAX_CALLING_LISTENERS) this.#awaitTurn();
      this.#callingListeners = Math.max(this.#callingListeners, MAX_CALLING_LISTENERS + 1);
    }
    return this.#callingListeners > MAX_CALLING_LISTENERS;
  }

  #awaitTurn(): void {
    const reset = () => {
      this.#callingListeners = Math.min(this.#callingListeners, 0);
    };
    try {
      startTimer(reset, 0, true);
    } catch {
      // Workers refuse timers outside of a request.
    }
  }

  /** The error for a call that {@link Reporter.isReentrant} refuses, or for a synchronous call with its own key. */
  reentrant(how = 'again and again by listeners of its own events'): ResilienceError {
    const { functionName } = this;
    const message = `${functionName} was called ${how}`;
    return new ResilienceError(message, 'REENTRANT_CALL', { functionName });
  }

  /** Whether there is a listener for events of this type. */
  hasListener(type: EventType): boolean {
    return this.#onEvent !== undefined || this.listeners.has(type);
  }

  /** Creates an event if there is a listener, and passes it to `onEvent`, then to the other listeners. */
  report<T extends EventType>(
    type: T,
    { key, flight }: EventSource,
    details?: Omit<ResilienceEventDetails<T>, 'functionName' | keyof EventSource>,
  ): void {
    if (!this.hasListener(type)) return;
    const { functionName } = this;
    const event = new ResilienceEvent(type, { functionName, key, flight, ...details });
    if (this.#onEvent) notify(this.#onEvent, event as AnyResilienceEvent);
    this.listeners.dispatch(event);
  }
}
