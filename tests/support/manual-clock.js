/** A clock for a cache that stands still until the test moves it; `reads` counts its readings. */
export function manualClock(time = 0) {
  return {
    time,
    reads: 0,
    now() {
      this.reads++;
      return this.time;
    },
  };
}
