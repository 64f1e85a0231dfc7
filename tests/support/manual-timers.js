import { afterEach, beforeEach } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';

// The test runner needs the other timers.
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
    /** The number of pending timers. */
    get pending() {
      return clock.countTimers();
    },
    /** Lets time pass, and promises settle. */
    pass: (milliseconds) => clock.tickAsync(milliseconds),
    /** Lets time pass synchronously, so that no promise settles in between. */
    jump: (milliseconds) => clock.tick(milliseconds),
    /** Runs the next timer synchronously, so that no promise settles in between. */
    next: () => clock.next(),
    /** Lets time pass until no timer is pending. */
    passAll: () => clock.runAllAsync(),
  };
}
