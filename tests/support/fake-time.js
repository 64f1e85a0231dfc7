import { mock } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';

const sinon = (config) => () => {
  const clock = FakeTimers.install(config);
  return { pass: (milliseconds) => clock.tick(milliseconds), end: () => clock.uninstall() };
};

/** The ways in which tests replace time. Each starts it, and gives `pass(milliseconds)` and `end()`. */
export const fakeTimes = {
  'fake-timers, all of it': sinon(),
  'fake-timers, all of it, from the year 2050': sinon({ now: Date.UTC(2050, 0) }),
  'fake-timers, performance only': sinon({ toFake: ['performance'] }),
  'fake-timers, Date only': sinon({ toFake: ['Date'] }),
  'fake-timers, Date and timers without performance': sinon({
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    now: 1e12,
  }),
  'mock.timers of node:test, Date only': () => {
    mock.timers.enable({ apis: ['Date'] });
    return { pass: (by) => mock.timers.tick(by), end: () => mock.timers.reset() };
  },
  'a performance.now of its own': () => {
    let time = 5e9;
    return {
      pass: (milliseconds) => {
        time += milliseconds;
      },
      end: replaceProperty(performance, 'now', () => time),
    };
  },
  'a performance and a Date.now of its own': () => {
    const { now } = Date;
    const time = performanceAlone();
    Date.now = () => performance.now();
    return {
      pass: time.pass,
      end: () => {
        Date.now = now;
        time.end();
      },
    };
  },
};

/** Replaces `performance` as a whole, and nothing else. */
export function performanceAlone() {
  let time = 7e9;
  return {
    pass: (milliseconds) => {
      time += milliseconds;
    },
    end: replaceProperty(globalThis, 'performance', { now: () => time }),
  };
}

/** Replaces a property of an object, own or inherited. Returns a function that restores it. */
export function replaceProperty(object, name, value) {
  const before = Object.getOwnPropertyDescriptor(object, name);
  const flags = { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(object, name, { ...flags, value });
  return () => {
    delete object[name];
    if (before) Object.defineProperty(object, name, before);
  };
}

/** Runs an action while time is replaced. */
export function within(start, work) {
  const time = start();
  try {
    return work(time);
  } finally {
    time.end();
  }
}
