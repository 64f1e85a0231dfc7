import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resilient } from 'holdfast';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import { StaleFlightModel } from '../support/stale-flight-model.js';
import {
  burst,
  cacheOptions,
  config,
  durationOf,
  ending,
  KEYS,
  Outage,
  Refusal,
  SIGNALS,
} from '../support/stale-programs.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();

const PROGRAMS = 10_000;

/** A wrapped function and its model, which get the same steps. */
class Scene {
  #actual = [];
  #events = [];
  #departures = [];
  #given = [];
  #hosts = [];
  #signals = { gone: new AbortController() };
  #outcomes = [];
  #endings;
  #broken;
  #puts = 0;
  #model;
  #f;
  #firstFlight;
  #listens;

  constructor(scheduler, settings, endings) {
    const { sync, ifError, ttl, excludes, listens } = settings;
    const slow = ifError > 0 ? settings.slow : undefined;
    const cacheTtl = ttl === 'by result' ? 300_000 : ttl;
    const covers = (error) => error instanceof Outage || !excludes;
    this.#endings = endings;
    this.#listens = listens;
    const outcome = (run) => this.#outcome(run);
    this.#model = new StaleFlightModel({ ...settings, slow, cacheTtl, covers }, outcome);
    const load = async (of, { signal: given }) => {
      const run = this.#given.push(given) - 1;
      await scheduler.schedule(Promise.resolve(), `run ${run} of ${of} ends`);
      this.#model.settle(run);
      this.act(this.#endingOf(run).meanwhile);
      return resultOf(this.#outcome(run));
    };
    const loadSync = (_of, { signal: given }) =>
      resultOf(this.#outcome(this.#given.push(given) - 1));
    const options = {
      cache: {
        ...cacheOptions({ ...settings, slow }),
        clock: { now: () => time.now },
        waitUntil: (promise) => this.#hosts.push(outcomeOf(promise)),
      },
      ...{ passContext: true, sync },
      onEvent: listens ? (event) => this.#events.push(this.#read(event)) : undefined,
    };
    this.#f = resilient(sync ? loadSync : load, options);
    for (const type of ['evict', 'expire', 'remove']) {
      this.#f.cache.addEventListener(type, ({ key: of, value, reason }) =>
        this.#departures.push([type, of, value, reason]),
      );
    }
    for (let index = 0; index < SIGNALS; index++) this.#signals[index] = new AbortController();
    this.#signals.gone.abort({ left: 'before' });
    resilient(() => {}, {
      onEvent: ({ flight }) => {
        this.#firstFlight = flight + 1;
      },
    })();
  }

  #endingOf(run) {
    return this.#endings[run % this.#endings.length];
  }

  /** `{ value }` or `{ error }` of the nth run. */
  #outcome(run) {
    const { kind, life: own, tags: named, retryAfter } = this.#endingOf(run);
    this.#outcomes[run] ??=
      kind === 'value'
        ? { value: { run, life: own, tags: named } }
        : {
            error: Object.assign(new (kind === 'outage' ? Outage : Refusal)(), { run, retryAfter }),
          };
    return this.#outcomes[run];
  }

  #read({ type, key: of, flight, detail, error }) {
    const shown = detail?.reason
      ? { reason: detail.reason, age: Math.round(detail.age * 1_000) }
      : detail;
    return [type, of, flight === 0 ? 0 : flight - this.#firstFlight + 1, shown, error];
  }

  /** Records errors, since the caller may swallow them: `check` throws them. */
  act(actions) {
    try {
      for (const one of actions) {
        this.#act(one);
        // Several entries that leave at once have no order.
        this.#compareDepartures(one.type === 'advance' || one.type === 'endTagged');
      }
    } catch (error) {
      this.#broken ??= { error };
    }
  }

  #act(one) {
    const { type, key: of, through: way } = one;
    const model = this.#model;
    const target = way === 'cache' ? this.#f.cache : this.#f;
    switch (type) {
      case 'call':
      case 'refresh': {
        const options = { signal: this.#signals[one.signal]?.signal, refresh: type === 'refresh' };
        model.call(of, options);
        this.#actual.push(this.#call(of, options));
        break;
      }
      case 'abort': {
        const { signal: aborted } = this.#signals[one.signal];
        this.#signals[one.signal].abort({ left: one.signal });
        model.abort(aborted);
        // A signal aborts once: later callers get a new one.
        this.#signals[one.signal] = new AbortController();
        break;
      }
      case 'invalidate':
      case 'expire':
        assert.equal(target[type](of), model[type](of), type);
        break;
      case 'endTagged': {
        const { tags: ended, keepsStale } = one;
        const count = target[keepsStale ? 'expireTag' : 'invalidateTag'](...ended);
        assert.equal(count, model.endTagged(ended, keepsStale));
        break;
      }
      case 'put':
        this.#put(one);
        break;
      case 'clear':
        target.clear();
        model.clear(way);
        break;
      case 'advance':
        time.jump(one.by);
        model.advance(one.by);
        // Removes the expired entries.
        assert.equal(this.#f.cache.size, model.stats.size);
    }
  }

  #call(of, options) {
    try {
      const isPlain = options.signal === undefined && !options.refresh;
      const f = isPlain ? this.#f : this.#f.with(options);
      const result = f(of);
      return result instanceof Promise ? outcomeOf(result) : { state: 'fulfilled', value: result };
    } catch (error) {
      return { state: 'rejected', error };
    }
  }

  #put({ key: of, through: way, life: own, tags: named, own: { ttl, tags: tagged }, again }) {
    const { cache } = this.#f;
    const stored = again ? cache.peek(of) : undefined;
    const value = stored ?? { put: this.#puts++, life: own, tags: named };
    const options = { ttl: durationOf(ttl), tags: tagged };
    if (way === 'f') this.#f.put([of], value, options);
    else cache.put(of, value, options);
    this.#model.put(of, value, { through: way, ttl, tags: tagged });
  }

  #compareDepartures(isUnordered) {
    const expected = this.#model.entries.departures.splice(0);
    const actual = this.#departures.splice(0);
    const order = (list) => (isUnordered ? list.map((each) => JSON.stringify(each)).sort() : list);
    assert.deepEqual(order(actual), order(expected));
  }

  async check() {
    await turn();
    if (this.#broken) throw this.#broken.error;
    const model = this.#model;
    const { entries } = model;
    const { cache } = this.#f;
    model.drain();
    this.#compareDepartures(false);
    assert.deepEqual(this.#actual, model.callers);
    this.#actual = this.#actual.filter(isPending);
    model.callers = model.callers.filter(isPending);
    if (this.#listens) assert.deepEqual(byFlight(this.#events), byFlight(model.events));
    this.#events.length = model.events.length = 0;
    assert.deepEqual(
      this.#given.map(({ aborted }) => aborted),
      model.runs.map(({ isAborted }) => isAborted),
    );
    const {
      hitRate: _rate,
      maxSize: _size,
      weight: _weight,
      maxWeight: _max,
      policy: _policy,
      // Of HTTP caches.
      revalidated: _revalidated,
      ...stats
    } = cache.stats;
    assert.deepEqual(stats, model.stats);
    assert.deepEqual(
      [...cache],
      entries.fresh.map((entry) => [entry.key, entry.value]),
    );
    assert.deepEqual(
      KEYS.map((of) => readInfo(cache.info(of))),
      KEYS.map((of) => describeEntry(entries, entries.find(of))),
    );
    assert.equal(this.#hosts.length, model.extensions);
    // The cache has a timer for the next expiry.
    assert.ok(time.pending - model.slowTimers <= 1, 'no timer of a flight that has ended is left');
  }

  /** @param isComplete no run is pending */
  async finish(isComplete) {
    this.act([{ type: 'advance', by: 100_000 }]);
    await this.check();
    const done = isComplete ? 'fulfilled' : undefined;
    for (const { state } of this.#hosts) assert.equal(isComplete ? state : undefined, done);
    this.release();
    assert.equal(time.pending, 0, 'no timer is left');
  }

  /** Stops the timers. */
  release() {
    this.#f.cache.clear();
    time.jump(100_000);
  }
}

const isPending = ({ state }) => state === 'pending';

function resultOf(outcome) {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

/** The events of each flight, in order. Events of different flights in one turn have no order. */
function byFlight(events) {
  const groups = {};
  for (const event of events) {
    const flight = event[2];
    groups[flight] ??= [];
    groups[flight].push(event);
  }
  return groups;
}

const readInfo = (info) => info && { ...info, ttl: Math.round(info.ttl * 1_000) + 0 };

function describeEntry(entries, entry) {
  if (!entry) return undefined;
  const { value, tags: own } = entry;
  const stale = !entries.isFresh(entry);
  return { value, ttl: Math.round(-entries.age(entry)) + 0, stale, weight: 0, tags: own };
}

describe('a cached function that returns stale results behaves like its model', () => {
  it(`${PROGRAMS} random programs of stale results behave like the model`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        config,
        fc.array(burst, { minLength: 1, maxLength: 12 }),
        fc.array(ending, { minLength: 1, maxLength: 8 }),
        async (scheduler, settings, bursts, endings) => {
          const scene = new Scene(scheduler, settings, endings);
          scheduler.scheduleSequence(
            bursts.map((actions, index) => ({
              label: `burst ${index}`,
              builder: async () => scene.act(actions),
            })),
          );
          try {
            // A run that has ended may start others; a few that never end do no harm.
            for (let step = 0; step < 100 && scheduler.count() > 0; step++) {
              await scheduler.waitOne();
              await scene.check();
            }
            await scene.finish(scheduler.count() === 0);
          } finally {
            scene.release();
          }
        },
      ),
      { numRuns: PROGRAMS },
    );
  });
});
