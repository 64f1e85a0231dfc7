export { CacheEvent, type CacheEventType, type RemovalReason } from './cache/cache-event.ts';
export type { PutOptions, ResultCacheOptions } from './cache/cache-options.ts';
export type { CacheAdvice, MissRatioCurve, MissRatioPoint } from './cache/estimates.ts';
export type { AdviceOption, EvictionPolicy } from './cache/eviction-policy.ts';
export {
  type CacheEventMap,
  type CacheStats,
  type EntryInfo,
  ResultCache,
} from './cache/result-cache.ts';
export { BulkheadFullError } from './errors/bulkhead-full-error.ts';
export { CircuitOpenError } from './errors/circuit-open-error.ts';
export { RateLimitExceededError } from './errors/rate-limit-exceeded-error.ts';
export { ResilienceError, type ResilienceErrorDetails } from './errors/resilience-error.ts';
export { TimeoutError } from './errors/timeout-error.ts';
export { EventType } from './events/event-type.ts';
export type { Listener, ListenerOptions } from './events/listeners.ts';
export {
  type AnyResilienceEvent,
  type AttemptDetail,
  type BackgroundDetail,
  type EventDetail,
  type EventDetails,
  ResilienceEvent,
  type ResilienceEventDetails,
} from './events/resilience-event.ts';
export type { Duration, DurationString } from './options/duration.ts';
export type { ErrorClass, ErrorFilter, ErrorMatcher } from './options/error-filter.ts';
export {
  Bulkhead,
  type BulkheadMetrics,
  type BulkheadOptions,
} from './patterns/bulkhead/bulkhead.ts';
export {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitMetrics,
  type CircuitState,
} from './patterns/circuit-breaker/circuit-breaker.ts';
export type { FallbackHandler, FallbackOptions } from './patterns/fallback/fallback.ts';
export type { HedgeOptions } from './patterns/hedge/hedge.ts';
export {
  RateLimiter,
  type RateLimiterMetrics,
  type RateLimiterOptions,
} from './patterns/rate-limiter/rate-limiter.ts';
export type { RetryOptions } from './patterns/retry/retry.ts';
export type { TimeoutOptions } from './patterns/timeout/timeout.ts';
export { type Health, health } from './policy/health.ts';
export { type Policy, policy } from './policy/policy.ts';
export {
  dbPolicy,
  httpPolicy,
  llmPolicy,
  type PooledPresetOptions,
  type Preset,
  type PresetOptions,
  queuePolicy,
  strictPolicy,
} from './policy/presets.ts';
export { type Registered, Registry, registry } from './policy/registry.ts';
export type { TimeSource } from './time/time-source.ts';
export type { AnyFunction } from './wrapper/any-function.ts';
export type { CallContext } from './wrapper/call-context.ts';
export type { Checked } from './wrapper/checked-options.ts';
export type { HttpCache } from './wrapper/http-cache-type.ts';
export type { CacheOptions, ResilientOptions, WithOptions } from './wrapper/options.ts';
export { resilient } from './wrapper/resilient.ts';
export type {
  CallArguments,
  Changed,
  Resilient,
  ResilientMembers,
  WithoutThis,
} from './wrapper/signature.ts';
