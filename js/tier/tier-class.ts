import { type Listener, type ListenerOptions, Listeners } from '../events/listeners.ts';
import { wrongKind } from '../options/messages.ts';
import { BoundFunction } from './bound-function.ts';
import type { Driver, Leases } from './driver.ts';
import { tierAccess } from './seam.ts';
import { TierCore, type TierStats } from './tier-core.ts';
import { TierEvent, type TierEventType } from './tier-event.ts';
import type { TierSettings } from './tier-options.ts';

/** The state of a tier. */
export interface TierHealth {
  /** `'new'`: no function uses it yet. `'lost'`: functions go on without it. */
  readonly state: 'new' | 'opening' | 'ready' | 'lost' | 'closed';
  /** Whether this process hears of each change by the other ones at once. */
  readonly coherent: boolean;
  /** The time of the last trip to the store, in seconds. */
  readonly lag: number;
}

/** A second tier for results, which processes share: the option `cache.tier` of `resilient`. */
export class Tier {
  readonly #core: TierCore;
  readonly #listeners = new Listeners<TierEvent>();

  /** @internal */
  constructor(driver: Driver, leases: Leases, settings: TierSettings) {
    const core = new TierCore(driver, leases, settings, (type, error) => {
      if (this.#listeners.has(type)) this.#listeners.dispatch(new TierEvent(type, error));
    });
    this.#core = core;
    tierAccess.grant(this, {
      bind(user) {
        const { fn, name } = user;
        const known = core.functions.get(name);
        if (known !== undefined && known !== fn) {
          throw new TypeError(`name must be unique in cache.tier, '${name}' is another function`);
        }
        core.functions.set(name, fn);
        core.users.add(user);
        core.connection.start();
        return new BoundFunction(core, user);
      },
    });
  }

  /** A snapshot of the counters. */
  get stats(): TierStats {
    return Object.freeze({ ...this.#core.stats });
  }

  /** The state, as plain data. */
  health(): TierHealth {
    const { state, isCoherent, lagMs } = this.#core.connection;
    return { state, coherent: isCoherent, lag: lagMs / 1_000 };
  }

  /**
   * Removes the results of all functions of this tier that have one of these tags, in all processes.
   * @throws TypeError for a tag that is not a string, or empty; rejects with a {@link TierError} if the store does not answer
   */
  invalidateTag(...tags: readonly string[]): Promise<void> {
    return this.#endTags(tags, false);
  }

  /**
   * Makes the results of all functions of this tier that have one of these tags stale, in all processes.
   * @throws TypeError for a tag that is not a string, or empty; rejects with a {@link TierError} if the store does not answer
   */
  expireTag(...tags: readonly string[]): Promise<void> {
    return this.#endTags(tags, true);
  }

  #endTags(tags: readonly string[], keepsStale: boolean): Promise<void> {
    for (const tag of tags) {
      if (typeof tag !== 'string' || tag === '') {
        throw wrongKind('tag', 'a string that is not empty', tag);
      }
    }
    const ended = this.#core.endAllTags(tags, keepsStale);
    ended.catch(() => {});
    return ended;
  }

  /**
   * Adds a listener for one type of event, like `EventTarget`.
   * @throws TypeError
   */
  addEventListener(
    type: TierEventType,
    listener: Listener<TierEvent> | null,
    options?: boolean | ListenerOptions,
  ): void {
    this.#listeners.add(type, listener, options);
  }

  /** Removes a listener that `addEventListener` added with the same `capture`. */
  removeEventListener(
    type: TierEventType,
    listener: Listener<TierEvent> | null,
    options?: boolean | ListenerOptions,
  ): void {
    this.#listeners.remove(type, listener, options);
  }

  /**
   * Waits for the operations under way, for at most `timeout`, and closes the connections of the tier. Functions go on without it.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core.close();
  }
}
