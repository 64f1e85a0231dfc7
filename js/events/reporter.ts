import type { EventType } from './event-type.ts';
import { Listeners, notify } from './listeners.ts';
import {
  type AnyResilienceEvent,
  ResilienceEvent,
  type ResilienceEventDetails,
} from './resilience-event.ts';

/** A listener may call the function, and a listener of that call again, but not on and on. */
const DEEPEST_ANSWER = 50;

/** Where the events of one wrapped function go. */
export class Reporter {
  readonly functionName: string;
  readonly listeners = new Listeners<ResilienceEvent>();
  /** How many events are being listened to, each dispatched in answer to the one before. */
  #depth = 0;
  #deepest = DEEPEST_ANSWER;
  readonly #onEvent: ((event: AnyResilienceEvent) => unknown) | undefined;

  constructor(functionName: string, onEvent?: (event: AnyResilienceEvent) => unknown) {
    this.functionName = functionName;
    this.#onEvent = onEvent;
  }

  /**
   * Whether to refuse a call, as listeners call the function on and on. All that they make are refused then, until the
   * first of these events is over: with two events to a call, there would be 2^50 calls else.
   */
  refuses(): boolean {
    const refused = this.#depth > this.#deepest;
    if (refused) this.#deepest = 0;
    return refused;
  }

  /** Whether an event of this type would reach anybody. */
  hears(type: EventType): boolean {
    return this.#onEvent !== undefined || this.listeners.has(type);
  }

  /** Makes and dispatches an event, if there is anybody to hear it: `onEvent` first, then the listeners. */
  report<T extends EventType>(
    type: T,
    details: Omit<ResilienceEventDetails<T>, 'functionName'>,
  ): void {
    if (!this.hears(type)) return;
    const event = new ResilienceEvent(type, { functionName: this.functionName, ...details });
    this.#depth++;
    if (this.#onEvent) notify(this.#onEvent, event as AnyResilienceEvent);
    this.listeners.dispatch(event);
    this.#depth--;
    if (this.#depth === 0) this.#deepest = DEEPEST_ANSWER;
  }
}
