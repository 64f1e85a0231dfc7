import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resilient } from 'holdfast';
import { FlightModel } from '../support/flight-model.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const TTL = 10;
const SIGNALS = 3;

const key = fc.constantFrom('a', 'b', 'c');
const signal = fc.oneof(fc.constantFrom(undefined, 'gone'), fc.nat(SIGNALS - 1));
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('call'), key, signal }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('refresh'), key, signal }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('abort'), signal: fc.nat(SIGNALS - 1) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('invalidate'), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('put'), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('clear') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('advance'), by: fc.nat(TTL + 1) }) },
);

/** Steps that happen without a microtask in between. */
const burst = fc.array(action, { minLength: 1, maxLength: 4 });

/** How a run of the function ends, and the steps between its end and the notification of its callers. */
const ending = fc.record({
  fails: fc.boolean(),
  meanwhile: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, burst),
});

/** A wrapped function and its model, which get the same steps. */
class Scene {
  actual = [];
  given = [];
  #signals = { gone: new AbortController() };
  #broken;
  #put = 0;
  #model;
  #f;

  constructor(scheduler, maxSize, endings) {
    this.#model = new FlightModel(maxSize, TTL);
    const next = () => endings.next().value;
    const load = async (of, { signal: given }) => {
      const run = this.given.push(given) - 1;
      const { fails, meanwhile } = next();
      await scheduler.schedule(Promise.resolve(), `run ${run} of ${of} ends`);
      const value = { run };
      this.#model.settle(run, fails ? { error: value } : { value });
      this.act(meanwhile);
      if (fails) throw value;
      return value;
    };
    const clock = { now: () => this.#model.now };
    this.#f = resilient(load, { cache: { maxSize, ttl: '10ms', clock }, passContext: true });
    for (let index = 0; index < SIGNALS; index++) this.#signals[index] = new AbortController();
    this.#signals.gone.abort({ left: 'before' });
  }

  /** Records errors, since the caller may swallow them: `check` throws them. */
  act(actions) {
    try {
      for (const one of actions) this.#act(one);
    } catch (error) {
      this.#broken ??= { error };
    }
  }

  #act({ type, key: of, signal: index, by }) {
    const model = this.#model;
    const f = this.#f;
    const mine = this.#signals[index]?.signal;
    switch (type) {
      case 'call':
      case 'refresh': {
        const refresh = type === 'refresh';
        model.call(of, { signal: mine, refresh });
        this.actual.push(outcomeOf(f.with({ signal: mine, refresh })(of)));
        break;
      }
      case 'abort':
        this.#signals[index].abort({ left: index });
        model.abort(mine);
        // A signal aborts once: later callers get a new one.
        this.#signals[index] = new AbortController();
        break;
      case 'invalidate':
        assert.equal(f.invalidate(of), model.invalidate(of));
        break;
      case 'put': {
        const value = { put: this.#put++ };
        f.cache.put(f.makeKey(of), value);
        model.put(of, value);
        break;
      }
      case 'clear':
        f.cache.clear();
        model.clear();
        break;
      case 'advance':
        model.advance(by);
    }
  }

  async check() {
    await turn();
    if (this.#broken) throw this.#broken.error;
    const model = this.#model;
    const { cache, makeKey } = this.#f;
    model.drain();
    assert.deepEqual(this.actual, model.callers);
    assert.deepEqual(
      this.given.map(({ aborted }) => aborted),
      model.runs.map((run) => run.aborted),
    );
    const { hits, misses, coalesced, evictions, expirations } = cache.stats;
    assert.deepEqual({ hits, misses, coalesced, evictions, expirations }, model.stats);
    assert.deepEqual(
      [...cache],
      model.entries.map(([of, value]) => [makeKey(of), value]),
    );
  }
}

describe('a cached function behaves like its model', () => {
  it('a cached function behaves like its model, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 4 }),
        fc.array(burst, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(ending),
        async (scheduler, maxSize, bursts, endings) => {
          const scene = new Scene(scheduler, maxSize, endings);
          scheduler.scheduleSequence(
            bursts.map((actions, index) => ({
              label: `burst ${index}`,
              builder: async () => scene.act(actions),
            })),
          );
          // A run that has ended may start others; a few that never end do no harm.
          for (let step = 0; step < 100 && scheduler.count() > 0; step++) {
            await scheduler.waitOne();
            await scene.check();
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
