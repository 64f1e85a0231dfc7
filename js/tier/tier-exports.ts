// What every entry with a tier exports.
export { TierError } from '../errors/tier-error.ts';
export type { Listener, ListenerOptions } from '../events/listeners.ts';
export type { Duration, DurationString } from '../options/duration.ts';
export { type Codec, defaultCodec } from './codec.ts';
export type { Tier, TierHealth } from './tier-class.ts';
export type { TierStats } from './tier-core.ts';
export type { TierEvent, TierEventType } from './tier-event.ts';
export type { TierBreaker, TierBreakerOptions, TierOptions } from './tier-options.ts';
