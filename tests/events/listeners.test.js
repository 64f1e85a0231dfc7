import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, ResultCache, resilient } from 'holdfast';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

const { CACHE_HIT, CACHE_MISS, FAILURE, SUCCESS } = EventType;

/** A function whose every second call is a hit, and `listen`, which records the events of its listeners. */
function cached() {
  const f = resilient((x) => x, { cache: true });
  const heard = [];
  const listener = (name) => () => heard.push(name);
  return { f, heard, listener };
}

describe('addEventListener adds a listener to a wrapped function', () => {
  it('a listener is called for events of its type only, in the order of adding', () => {
    const { f, heard, listener } = cached();
    f.addEventListener(CACHE_HIT, listener('first'));
    f.addEventListener(CACHE_HIT, listener('second'));
    f.addEventListener(CACHE_MISS, listener('miss'));
    f(1);
    assert.deepEqual(heard.splice(0), ['miss']);
    f(1);
    assert.deepEqual(heard, ['first', 'second']);
  });

  it('addEventListener adds the same listener once for each type', () => {
    const { f, heard, listener } = cached();
    const both = listener('both');
    for (const type of [CACHE_MISS, CACHE_MISS, SUCCESS, CACHE_MISS])
      f.addEventListener(type, both);
    f(1);
    assert.equal(heard.length, 2);
    f.removeEventListener(CACHE_MISS, both);
    f(2);
    assert.equal(heard.length, 3);
  });

  it('addEventListener distinguishes capturing listeners from others, as EventTarget does', () => {
    const { f, heard, listener } = cached();
    const one = listener('one');
    f.addEventListener(CACHE_MISS, one);
    f.addEventListener(CACHE_MISS, one, true);
    f.addEventListener(CACHE_MISS, one, { capture: true, passive: true });
    f(1);
    assert.equal(heard.splice(0).length, 2);
    f.removeEventListener(CACHE_MISS, one, { capture: true });
    f(2);
    assert.equal(heard.splice(0).length, 1);
    f.removeEventListener(CACHE_MISS, one);
    f(3);
    assert.equal(heard.length, 0);
  });

  it('addEventListener takes the option once', () => {
    const { f, heard, listener } = cached();
    f.addEventListener(CACHE_MISS, listener('once'), { once: true });
    f.addEventListener(CACHE_MISS, listener('always'), { once: false, signal: undefined });
    f(1);
    f(2);
    assert.deepEqual(heard, ['once', 'always', 'always']);
  });

  it('a once listener is called once, even if it causes the next event', () => {
    const { f, heard } = cached();
    const listener = () => {
      heard.push('once');
      f(heard.length + 1);
    };
    f.addEventListener(CACHE_MISS, listener, { once: true });
    f(1);
    assert.deepEqual(heard, ['once']);
  });

  it('addEventListener takes a signal that aborts later or has already aborted', () => {
    const { f, heard, listener } = cached();
    const controller = new AbortController();
    f.addEventListener(CACHE_MISS, listener('with'), { signal: controller.signal });
    f.addEventListener(CACHE_MISS, listener('never'), { signal: AbortSignal.abort() });
    f(1);
    controller.abort();
    f(2);
    assert.deepEqual(heard, ['with']);
  });

  it('addEventListener takes an object, whose handleEvent is looked up and called on it at each event', () => {
    const { f } = cached();
    const object = {
      calls: [],
      handleEvent(event) {
        this.calls.push(event.type);
      },
    };
    f.addEventListener(CACHE_MISS, object);
    f(1);
    object.handleEvent = function () {
      this.calls.push('replaced');
    };
    f(2);
    f.removeEventListener(CACHE_MISS, object);
    f(3);
    assert.deepEqual(object.calls, ['cache_miss', 'replaced']);
  });

  it('a handleEvent getter that throws is reported, and its listener can be removed', async () => {
    const { f, heard, listener } = cached();
    const hostile = {
      get handleEvent() {
        heard.push('read');
        throw new Error('no handler');
      },
    };
    f.addEventListener(CACHE_MISS, hostile);
    f.addEventListener(CACHE_MISS, listener('next'));
    const warnings = await warningsOf(() => f(1));
    assert.deepEqual(warnings, ["A listener of 'cache_miss' failed: no handler"]);
    f.removeEventListener(CACHE_MISS, hostile);
    f(2);
    assert.deepEqual(heard, ['read', 'next', 'next']);
  });

  it('addEventListener reads no option from Object.prototype', () => {
    const { f, heard, listener } = cached();
    const inherited = { once: true, signal: AbortSignal.abort(), capture: true };
    const hear = listener('miss');
    try {
      for (const [name, value] of Object.entries(inherited)) {
        Object.defineProperty(Object.prototype, name, { value, configurable: true });
      }
      f.addEventListener(CACHE_MISS, hear, {});
      f.addEventListener(CACHE_MISS, hear);
      f.addEventListener(CACHE_MISS, hear, false);
    } finally {
      for (const name of Object.keys(inherited)) delete Object.prototype[name];
    }
    f(1);
    f(2);
    f.removeEventListener(CACHE_MISS, hear);
    f(3);
    assert.deepEqual(heard, ['miss', 'miss']);
  });

  it('addEventListener ignores null, and refuses what is not a listener', () => {
    const { f } = cached();
    f.addEventListener(CACHE_MISS, null);
    f.removeEventListener(CACHE_MISS, null);
    for (const listener of ['text', 1, true, Symbol('s')]) {
      assert.throws(() => f.addEventListener(CACHE_MISS, listener), TypeError);
    }
    for (const signal of [5, 0, '', 'text', {}, null, false]) {
      assert.throws(() => f.addEventListener(CACHE_MISS, () => {}, { signal }), {
        name: 'TypeError',
        message: /^signal must be an AbortSignal, got /,
      });
    }
    assert.equal(f(1), 1);
  });

  it('addEventListener refuses an unknown event type', () => {
    const targets = [resilient(() => {}, { cache: true }), new ResultCache()];
    for (const [type, shown] of [
      ['CACHE_HIT', "'CACHE_HIT'"],
      ['cacheHit', "'cacheHit'"],
      ['cache-hit', "'cache-hit'"],
      [EventType.NO_SUCH_TYPE, 'undefined'],
      [5, '5'],
    ]) {
      for (const target of targets) {
        assert.throws(() => target.addEventListener(type, () => {}), {
          name: 'TypeError',
          message: `type must be an event type in lower case, got ${shown}`,
        });
      }
    }
  });

  it('a listener of a wrapped function may remove itself and others, and add one for the next event', () => {
    const { f, heard, listener } = cached();
    const [second, third] = [listener('second'), listener('third')];
    const first = () => {
      heard.push('first');
      f.removeEventListener(CACHE_MISS, first);
      f.removeEventListener(CACHE_MISS, second);
      f.addEventListener(CACHE_MISS, third);
    };
    f.addEventListener(CACHE_MISS, first);
    f.addEventListener(CACHE_MISS, second);
    f(1);
    assert.deepEqual(heard.splice(0), ['first']);
    f(2);
    assert.deepEqual(heard, ['third']);
  });

  it('a listener may call the function for the same key, which joins the flight, and for other keys', async () => {
    let runs = 0;
    const f = resilient(async (x) => `${x}${++runs}`, { cache: true });
    let inner;
    f.addEventListener(CACHE_MISS, ({ key }) => {
      if (key === 'a') inner = [f('a'), f('b')];
    });
    assert.equal(await f('a'), 'a2');
    assert.deepEqual(await Promise.all(inner), ['a2', 'b1']);
    assert.equal(f.cache.stats.coalesced, 1);
  });

  it('a listener may change the cache whose event it handles', async () => {
    let runs = 0;
    const f = resilient(async () => ++runs, { cache: true });
    f.addEventListener(CACHE_MISS, () => f.cache.put('another', 'value'));
    f.addEventListener(CACHE_HIT, ({ key }) => f.cache.invalidate(key));
    assert.equal(await f(), 1);
    assert.equal(f.cache.peek('another'), 'value');
    assert.equal(await f(), 1, 'a hit, whatever becomes of the entry now');
    assert.equal(await f(), 2);
  });

  it('a success listener may replace or remove the entry that was just stored', async () => {
    const f = resilient(async () => 'own', { cache: true });
    const act = [
      () => f.cache.put(f.makeKey(), 'put'),
      () => f.invalidate(),
      () => f.cache.clear(),
    ];
    f.addEventListener(SUCCESS, () => act.shift()());
    assert.equal(await f(), 'own');
    assert.equal(await f(), 'put');
    f.invalidate();
    assert.equal(await f(), 'own');
    assert.equal(f.cache.size, 0);
    assert.equal(await f(), 'own');
    assert.equal(f.cache.size, 0);
  });
});

describe('onEvent receives every event', () => {
  it('onEvent is called for every event, in order, before the listeners', async () => {
    const heard = [];
    const f = resilient(async (fails) => (fails ? Promise.reject(new Error('boom')) : 1), {
      cache: true,
      retry: { maxAttempts: 2, delay: 0 },
      onEvent: ({ type }) => heard.push(`on ${type}`),
    });
    f.addEventListener(FAILURE, ({ type }) => heard.push(type));
    f.addEventListener(CACHE_HIT, ({ type }) => heard.push(type));
    await f(false);
    await f(false);
    await assert.rejects(f(true));
    assert.deepEqual(heard, [
      ...['on cache_miss', 'on success', 'on cache_hit', 'cache_hit', 'on cache_miss'],
      ...['on retry', 'on retry_exhausted', 'on failure', 'failure'],
    ]);
  });

  it('onEvent is called for events of a function bound by with, too', async () => {
    const heard = [];
    const f = resilient(async () => 1, { cache: true, onEvent: ({ type }) => heard.push(type) });
    await f.with({ refresh: true })();
    await f.with({})();
    assert.deepEqual(heard, ['cache_miss', 'success', 'cache_hit']);
  });

  it('onEvent receives the same event object as the listeners', async () => {
    const heard = [];
    const f = resilient(async () => 1, { onEvent: (event) => heard.push(event) });
    f.addEventListener(SUCCESS, (event) => heard.push(event));
    await f();
    await turn();
    assert.equal(heard.length, 2);
    assert.equal(heard[0], heard[1]);
  });
});
