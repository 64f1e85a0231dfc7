import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';

describe('a listener that fails is reported', () => {
  it('a listener that fails changes nothing for the call and other listeners, and a warning reports it', () => {
    const result = inChild(async () => {
      const { EventType, resilient } = await import('holdfast');
      process.removeAllListeners('warning');
      const warnings = [];
      process.on('warning', ({ name, message }) => warnings.push([name, message]));

      const heard = [];
      const fail = (text) => () => {
        heard.push(text);
        throw new Error(text);
      };
      const failLater = (text) => async () => {
        heard.push(text);
        await null;
        throw new Error(text);
      };
      const f = resilient(async (x) => x, { cache: true, onEvent: fail('onEvent') });
      f.addEventListener(EventType.CACHE_MISS, fail('function'));
      f.addEventListener(EventType.CACHE_MISS, { handleEvent: fail('object') });
      f.addEventListener(EventType.CACHE_MISS, {});
      f.addEventListener(EventType.CACHE_MISS, failLater('async'));
      f.addEventListener(EventType.CACHE_MISS, { handleEvent: failLater('async object') });
      f.addEventListener(EventType.CACHE_MISS, () => heard.push('last'));
      f.cache.addEventListener('evict', fail('evict'));
      f.cache.resize(1);
      const results = [await f(1), f.cache.size, await f(1), await f(2)];
      await new Promise((resolve) => setTimeout(resolve));
      return { results, heard, warnings };
    });
    const { results, heard, warnings } = result;
    assert.deepEqual(results, [1, 1, 1, 2]);
    const miss = ['onEvent', 'function', 'object', 'async', 'async object', 'last'];
    assert.deepEqual(heard, [...miss, 'onEvent', 'onEvent', ...miss, 'evict', 'onEvent']);
    const count = (type, text) =>
      warnings.filter(([, message]) => message === `A listener of '${type}' failed: ${text}`)
        .length;
    assert.equal(count('cache_miss', 'onEvent'), 2);
    assert.equal(count('cache_hit', 'onEvent'), 1);
    assert.equal(count('success', 'onEvent'), 2);
    assert.equal(count('evict', 'evict'), 1);
    for (const text of miss.slice(1, -1)) assert.equal(count('cache_miss', text), 2, text);
    assert.equal(warnings.length, 6 + 2 * 5, 'with the two for the object without handleEvent');
    assert.deepEqual(new Set(warnings.map(([name]) => name)), new Set(['HoldfastWarning']));
  });

  it('a listener that throws any value changes nothing, and the other listeners receive the event', () => {
    const heard = inChild(async () => {
      const { EventType, resilient } = await import('holdfast');
      process.removeAllListeners('warning');
      const hostile = () => {
        throw new Error('hostile');
      };
      const thrown = {
        undefined: undefined,
        null: null,
        symbol: Symbol('s'),
        'null-prototype object': Object.create(null),
        'object without text': { toString: hostile },
        'error with a message that throws': Object.defineProperty(new Error(), 'message', {
          get: hostile,
        }),
        'error with a symbol as message': Object.assign(new Error(), { message: Symbol('s') }),
        'error with a stack that throws': Object.defineProperty(new Error(), 'stack', {
          get: hostile,
        }),
        'error with a number as stack': Object.assign(new Error(), { stack: 5 }),
        'proxy without a prototype': new Proxy(new Error(), { getPrototypeOf: hostile }),
      };
      const outcomes = {};
      for (const [name, value] of Object.entries(thrown)) {
        let others = 0;
        const f = resilient(() => 'result', { circuitBreaker: {} });
        f.addEventListener(EventType.SUCCESS, () => {
          throw value;
        });
        f.addEventListener(EventType.SUCCESS, () => others++);
        try {
          outcomes[name] = `${f()}, ${others}`;
        } catch (error) {
          outcomes[name] = `${error.message}, ${others}`;
        }
      }
      const warnings = [];
      process.on('warning', ({ message }) => warnings.push(message));
      await new Promise((resolve) => setTimeout(resolve));
      outcomes.warnings = warnings.length;
      return outcomes;
    });
    const { warnings, ...outcomes } = heard;
    const odd = Object.entries(outcomes).filter(([, outcome]) => outcome !== 'result, 1');
    assert.deepEqual(odd, []);
    assert.equal(warnings, Object.keys(outcomes).length);
  });

  it('a failure of a listener goes to reportError where there is no process, or else to the console', () => {
    const reported = inChild(async () => {
      const { EventType, resilient } = await import('holdfast');
      const f = resilient(() => 'result');
      f.addEventListener(EventType.SUCCESS, () => {
        throw new Error('boom');
      });
      const { process: host } = globalThis;
      const { error: print } = console;
      const reported = [];
      try {
        Object.defineProperty(globalThis, 'process', { value: undefined, configurable: true });
        globalThis.reportError = (error) => reported.push(`reportError ${error.message}`);
        reported.push(f());
        globalThis.reportError = undefined;
        console.error = (...args) => reported.push(`console ${args.length > 0}`);
        reported.push(f());
      } finally {
        console.error = print;
        Object.defineProperty(globalThis, 'process', { value: host, configurable: true });
      }
      return reported;
    });
    assert.deepEqual(reported, ['reportError boom', 'result', 'console true', 'result']);
  });
});

describe('a listener that returns a thenable is watched', () => {
  it('a rejection of the thenable of a listener is reported, and the process goes on', () => {
    const messages = inChild(async () => {
      const { default: vm } = await import('node:vm');
      const { resilient } = await import('holdfast');
      process.removeAllListeners('warning');
      const messages = [];
      process.on('warning', ({ message }) => messages.push(message));
      const fail = () => {
        throw new Error('then throws');
      };
      const withThen = (then, object = {}) =>
        Object.assign(object, Object.fromEntries([['then', then]]));
      class Own extends Promise {}
      const results = [
        vm.runInNewContext("(async () => { throw new Error('realm') })()"),
        withThen((_resolve, reject) => reject(new Error('thenable'))),
        withThen(fail),
        Object.defineProperty({}, 'then', { get: fail }),
        withThen(
          (_, reject) => reject(new Error('function')),
          () => {},
        ),
        Own.reject(new Error('subclass')),
        withThen(fail, Promise.resolve(1)),
      ];
      const values = [];
      for (const result of results) {
        values.push(await resilient(async () => 1, { onEvent: () => result })());
        const f = resilient(async () => 1, { cache: true });
        f.addEventListener('success', { handleEvent: () => result });
        f.cache.addEventListener('evict', () => result);
        f.cache.put('a', 1).resize(1);
        values.push(await f());
      }
      for (const harmless of [null, 5, 'then', {}, () => {}, withThen(5)]) {
        values.push(await resilient(async () => 1, { onEvent: () => harmless })());
      }
      await new Promise((resolve) => setTimeout(resolve));
      return { values, messages };
    });
    assert.deepEqual(messages.values, Array(7 * 2 + 6).fill(1));
    const count = (text) => messages.messages.filter((message) => message.endsWith(text)).length;
    for (const text of ['realm', 'thenable', 'function', 'subclass']) assert.equal(count(text), 3);
    assert.equal(count('then throws'), 9);
    assert.equal(messages.messages.length, 21);
  });
});

describe('events without listeners are not created', () => {
  it('no event object is created without a listener, and with one, only those of its type', () => {
    const counts = inChild(async () => {
      let made = 0;
      globalThis.Event = class extends Event {
        constructor(...args) {
          super(...args);
          made++;
        }
      };
      const { EventType, resilient } = await import('holdfast');
      const f = resilient(
        async (x) => {
          if (x === 'bad') throw new Error('boom');
          if (x === 'slow') await new Promise(() => {});
          return x;
        },
        {
          cache: { maxSize: 1 },
          retry: { maxAttempts: 2, delay: 0 },
          timeout: 0.001,
          circuitBreaker: { failureThreshold: 2, recoveryTimeout: 0, slowCallDuration: 0.001 },
        },
      );
      const useAll = async () => {
        await Promise.allSettled([f('a'), f('a'), f('b'), f('bad'), f('slow')]);
        await Promise.allSettled([f('b'), f('bad'), f('bad')]);
        f.circuitBreaker.forceOpen();
        await f('c').catch(() => {});
        f.circuitBreaker.reset();
        await f('b');
      };
      await useAll();
      const unheard = made;
      const hits = () => {};
      f.addEventListener(EventType.CACHE_HIT, hits);
      await f('b');
      await f('b');
      const heard = made;
      f.removeEventListener(EventType.CACHE_HIT, hits);
      await useAll();
      return { unheard, heard, after: made };
    });
    assert.deepEqual(counts, { unheard: 0, heard: 2, after: 2 });
  });
});
