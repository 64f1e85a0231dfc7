import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';

describe('a cache works in a zone of zone.js, as in Angular', () => {
  it('the timer of a cache is never a pending task of the zone', () => {
    const pending = inChild(async () => {
      await import('zone.js');
      const { ResultCache, resilient } = await import('holdfast');
      const pending = [];
      const zone = Zone.current.fork({
        name: 'angular',
        onHasTask: (delegate, _current, target, state) => {
          if (state.change === 'macroTask' && state.macroTask) pending.push('macrotask');
          return delegate.hasTask(target, state);
        },
      });
      const caches = zone.run(() => [
        new ResultCache({ ttl: '5m' }).put('a', 1),
        new ResultCache({ ttl: '365d' }).put('a', 1),
        new ResultCache({ clock: { now: () => 1 } }).put('a', 1),
      ]);
      zone.run(() => resilient((n) => n, { cache: true })(1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const cache of caches) zone.run(() => cache.put('b', 2, { ttl: '1s' }).clear());
      const own = pending.length;
      zone.run(() => setTimeout(() => {}));
      return [own, pending.length];
    });
    assert.deepEqual(pending, [0, 1]);
  });

  it('fakeAsync finds no remaining timer of a cache, and replaces its time', () => {
    const got = inChild(async () => {
      await import('zone.js');
      await import('zone.js/testing');
      const { ResultCache } = await import('holdfast');
      const { fakeAsync, tick, withProxyZone } = Zone[Zone.__symbol__('fakeAsyncTest')];
      const cache = new ResultCache({ ttl: '1m' });
      const test = () => {
        cache.put('a', 1);
        tick(60_000);
        const before = cache.get('a');
        tick(1);
        return [before, cache.get('a') ?? null];
      };
      return withProxyZone(fakeAsync(test))();
    });
    assert.deepEqual(got, [1, null]);
  });

  it('a cache notices fake timers installed over those of zone.js', () => {
    const events = inChild(async () => {
      await import('zone.js');
      const { default: FakeTimers } = await import('@sinonjs/fake-timers');
      const { ResultCache } = await import('holdfast');
      const time = FakeTimers.install({
        toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'],
      });
      const events = [];
      Zone.current.fork({ name: 'angular' }).run(() => {
        const cache = new ResultCache({ ttl: '1m' });
        cache.addEventListener('expire', ({ key }) => events.push(key));
        cache.put('a', 1);
        time.tick(65_000);
      });
      time.uninstall();
      return events;
    });
    assert.deepEqual(events, ['a']);
  });
});
