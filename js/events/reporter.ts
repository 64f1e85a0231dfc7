import { ResilienceError } from '../errors/resilience-error.ts';
import { startTimer } from '../time/timer.ts';
import type { EventType } from './event-type.ts';
import { Listeners, nesting, notification, notify } from './listeners.ts';
import {
  type AnyResilienceEvent,
  ResilienceEvent,
  type ResilienceEventDetails,
} from './resilience-event.ts';

/** The most listeners that may run inside each other when a call is made. */
const MOST_NESTED = 50;
/** The most notifications that calls may answer before the event loop turns. */
const MOST_ANSWERED = 10_000;
/** How many more they may answer for each call from elsewhere. */
const EVENTS_PER_CALL = 4;
/** The most that such calls add up to. */
const MOST_CREDIT = 50_000;

/** Where the events of one wrapped function go. */
export class Reporter {
  readonly functionName: string;
  readonly listeners = new Listeners<ResilienceEvent>();
  /**
   * How many notifications were answered by calls since the last call from elsewhere or turn of the event loop. Below
   * 0 after many calls from elsewhere, whose events may all come in one turn.
   */
  #answered = 0;
  #lastAnswered = 0;
  readonly #onEvent: ((event: AnyResilienceEvent) => unknown) | undefined;

  constructor(functionName: string, onEvent?: (event: AnyResilienceEvent) => unknown) {
    this.functionName = functionName;
    this.#onEvent = onEvent;
  }

  /**
   * Whether to refuse a call, because listeners call the function in answer to every event. Once one call is refused,
   * so are all that listeners make until the event loop turns, or a call comes from elsewhere: with two events to a
   * call there would be 2^50 calls otherwise.
   */
  isReentrant(): boolean {
    if (notification === 0) {
      this.#answered = Math.max(Math.min(this.#answered, 0) - EVENTS_PER_CALL, -MOST_CREDIT);
      return false;
    }
    if (this.#lastAnswered !== notification) {
      this.#lastAnswered = notification;
      this.#answered++;
      // Again and again: a timer may be lost.
      if (this.#answered % MOST_NESTED === 0) this.#awaitTurn();
    }
    if (nesting > MOST_NESTED) {
      if (this.#answered <= MOST_ANSWERED) this.#awaitTurn();
      this.#answered = Math.max(this.#answered, MOST_ANSWERED + 1);
    }
    return this.#answered > MOST_ANSWERED;
  }

  #awaitTurn(): void {
    const reset = () => {
      this.#answered = Math.min(this.#answered, 0);
    };
    try {
      startTimer(reset, 0, true);
    } catch {
      // Workers refuse timers outside of a request.
    }
  }

  /** The error of a call that {@link Reporter.isReentrant}, or of a synchronous call that repeats itself. */
  reentrant(how = 'on and on by listeners of its events, whatever the key'): ResilienceError {
    const { functionName } = this;
    const message = `${functionName} was called ${how}`;
    return new ResilienceError(message, 'REENTRANT_CALL', { functionName });
  }

  /** Whether an event of this type would reach anybody. */
  hasListener(type: EventType): boolean {
    return this.#onEvent !== undefined || this.listeners.has(type);
  }

  /** Makes and dispatches an event, if there is anybody to hear it: `onEvent` first, then the listeners. */
  report<T extends EventType>(
    type: T,
    details: Omit<ResilienceEventDetails<T>, 'functionName'>,
  ): void {
    if (!this.hasListener(type)) return;
    const event = new ResilienceEvent(type, { functionName: this.functionName, ...details });
    if (this.#onEvent) notify(this.#onEvent, event as AnyResilienceEvent);
    this.listeners.dispatch(event);
  }
}
