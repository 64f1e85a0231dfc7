/** A source of time, such as `Date`, `performance` or a test's own clock. */
export interface TimeSource {
  /** Milliseconds since any fixed moment. */
  now(): number;
}

// The genuine sources. A cached hit compares them with the current ones, which takes about a nanosecond.
export const performance: TimeSource = globalThis.performance ?? Date;
export const performanceNow = performance.now;
export const dateNow = Date.now;

/** Time was fake before the package was loaded (jest's `enableGlobally`). Then no reading is ever cached. */
export const wasFakeAtImport = 'isFake' in Date || 'isMock' in Date || 'clock' in setTimeout;

/** Whether `performance.now` and `Date.now` are the genuine methods. */
export function isTimeGenuine(): boolean {
  return performance.now === performanceNow && Date.now === dateNow;
}

/** The source to read now. A test may have replaced `performance`, its `now`, or only `Date`. */
export function currentSource(): TimeSource {
  const current: TimeSource = globalThis.performance ?? Date;
  const isReplaced = current.now !== performanceNow;
  return isReplaced || Date.now === dateNow ? current : Date;
}
