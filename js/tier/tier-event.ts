import { PrintedEvent } from '../events/printed-event.ts';

/** The types of the events of a tier: an operation failed, the connection was lost, the connection was restored. */
export type TierEventType = 'tier_error' | 'tier_lost' | 'tier_back';

/** An event of a tier. */
export class TierEvent extends PrintedEvent {
  /** The type of the event. */
  declare readonly type: TierEventType;
  /** The error; `undefined` if there is none. */
  readonly error: unknown;

  /** For tests of your listeners; a tier creates its own events. */
  constructor(type: TierEventType, error?: unknown) {
    super(type);
    this.error = error;
  }
}
