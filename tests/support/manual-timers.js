import { afterEach, beforeEach } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';

// What the test runner itself needs stays as it is.
const FAKED = ['setTimeout', 'clearTimeout', 'Date', 'performance'];

/** Installs fake time for each test of the file or suite that calls this. */
export function manualTimers() {
  let clock;
  beforeEach(() => {
    clock = FakeTimers.install({ toFake: FAKED });
  });
  afterEach(() => clock.uninstall());
  return {
    /** Milliseconds since the test began. */
    get now() {
      return clock.now;
    },
    /** Sets the wall clock, in milliseconds, and leaves the timers alone. */
    setNow: (now) => clock.setSystemTime(now),
    /** How many timers wait. */
    get pending() {
      return clock.countTimers();
    },
    /** Lets time pass, and all promises settle that do. */
    pass: (milliseconds) => clock.tickAsync(milliseconds),
    /** Lets time pass in one go, and nothing settle meanwhile. */
    jump: (milliseconds) => clock.tick(milliseconds),
    /** Goes on to the next timer, and lets nothing settle meanwhile. */
    next: () => clock.next(),
    /** Lets time pass until no timer waits. */
    passAll: () => clock.runAllAsync(),
  };
}
