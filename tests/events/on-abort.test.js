import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

/** A signal as the package abort-controller makes it: an `EventTarget` with `aborted` and no `reason`. */
class OldSignal extends EventTarget {
  aborted = false;
  abort() {
    this.aborted = true;
    this.dispatchEvent(new Event('abort'));
  }
}

/** A minimal mock of a signal, without `removeEventListener`. */
function halfSignal(rest = {}) {
  const listeners = [];
  return {
    aborted: false,
    addEventListener: (_type, listener) => listeners.push(listener),
    abort() {
      this.aborted = true;
      for (const listener of listeners) listener();
    },
    ...rest,
  };
}

function assertAbortError(error) {
  assert.ok(error instanceof DOMException, String(error));
  assert.equal(error.name, 'AbortError');
  assert.equal(error.message, 'This operation was aborted');
}

describe('a signal without a reason aborts with an AbortError', () => {
  for (const [name, make] of Object.entries({
    polyfill: () => new OldSignal(),
    mock: halfSignal,
  })) {
    for (const cache of [undefined, true]) {
      const how = `${name}, cache: ${cache}`;

      it(`a signal without a reason rejects a pending call with an AbortError (${how})`, async () => {
        const signal = make();
        const load = controlled();
        const call = outcomeOf(resilient(load, { cache }).with({ signal })(1));
        signal.abort();
        await turn();
        assert.equal(call.state, 'rejected');
        assertAbortError(call.error);
      });

      it(`an aborted signal without a reason rejects a call with an AbortError (${how})`, async () => {
        const signal = make();
        signal.abort();
        const call = outcomeOf(resilient(async () => 1, { cache }).with({ signal })(1));
        await turn();
        assertAbortError(call.error);
      });
    }

    it(`a signal without a reason gives the function a signal whose reason is an AbortError (${name})`, async () => {
      const signal = make();
      let given;
      const load = resilient(
        (context) => {
          given = context.signal;
          return new Promise(() => {});
        },
        { passContext: true },
      );
      const call = outcomeOf(load.with({ signal })());
      signal.abort();
      await turn();
      assertAbortError(given.reason);
      assert.equal(call.error, given.reason);
    });

    it(`a signal without a reason aborts the body of a response with an AbortError (${name})`, async () => {
      const signal = make();
      const load = resilient(async () => new Response(new ReadableStream()), { cache: true });
      await load();
      const reading = outcomeOf((await load.with({ signal })()).text());
      await turn();
      signal.abort();
      await turn();
      assertAbortError(reading.error);
    });
  }

  it('a signal with a reason of null rejects with null, as fetch does', async () => {
    const call = outcomeOf(
      resilient(() => new Promise(() => {})).with({ signal: AbortSignal.abort(null) })(),
    );
    await turn();
    assert.deepEqual(call, { state: 'rejected', error: null });
  });
});

describe('a signal that cannot remove its listeners is tolerated', () => {
  const refusing = () =>
    halfSignal({
      removeEventListener() {
        throw new Error('not implemented');
      },
    });
  for (const [name, make] of Object.entries({
    'is missing': halfSignal,
    throws: refusing,
  })) {
    it(`a signal whose removeEventListener ${name} lets every call settle with its result or error`, async () => {
      const signal = make();
      const load = controlled();
      const call = resilient(load, { cache: true }).with({ signal });
      const calls = [outcomeOf(call(1)), outcomeOf(call(1)), outcomeOf(call(2))];
      load.runs[0].resolve('one');
      load.runs[1].reject('two');
      await turn();
      assert.deepEqual(calls, [
        { state: 'fulfilled', value: 'one' },
        { state: 'fulfilled', value: 'one' },
        { state: 'rejected', error: 'two' },
      ]);
      assert.deepEqual(outcomeOf(call(1)).state, 'pending');
    });

    it(`a signal whose removeEventListener ${name} lets a body be read to its end`, async () => {
      const load = resilient(async () => new Response('text'), { cache: true });
      assert.equal(await (await load.with({ signal: make() })()).text(), 'text');
    });

    it(`a signal whose removeEventListener ${name} removes an event listener, which can be removed before, too`, async () => {
      const f = resilient(async () => 1);
      const signal = make();
      let heard = 0;
      const listener = () => heard++;
      f.addEventListener(EventType.SUCCESS, listener, { signal });
      f.removeEventListener(EventType.SUCCESS, listener);
      f.addEventListener(EventType.SUCCESS, listener, { signal });
      await f();
      signal.abort();
      await f();
      assert.equal(heard, 1);
    });
  }
});

describe('a signal that is a mock ends the wait of its caller', () => {
  const refuse = () => {
    throw new Error('refused');
  };

  it('a signal that calls its listener at once aborts the call', async () => {
    const signal = halfSignal({ addEventListener: (_type, listener) => listener() });
    const load = controlled();
    const f = resilient(load, { cache: true });
    const call = outcomeOf(f.with({ signal })(1));
    await turn();
    assert.equal(call.state, 'rejected');
    outcomeOf(f(1));
    assert.equal(load.runs.length, 2, 'no caller waits for the first run');
  });

  it('a signal that aborts twice takes one caller from a flight', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const listeners = [];
    const addEventListener = (_type, listener) => {
      listeners.push(listener);
      listener();
    };
    const other = outcomeOf(f.with({ signal: new AbortController().signal })(1));
    outcomeOf(f.with({ signal: halfSignal({ addEventListener }) })(1));
    for (const listener of listeners) listener();
    load.runs[0].resolve('one');
    await turn();
    assert.deepEqual(other, { state: 'fulfilled', value: 'one' });
    assert.equal(f.cache.size, 1);
  });

  it('a signal whose addEventListener throws rejects each call, and leaves the key free', async () => {
    const signal = halfSignal({ addEventListener: refuse });
    const load = controlled();
    const f = resilient(load, { cache: true });
    for (const runs of [1, 2]) {
      const call = outcomeOf(f.with({ signal })(1));
      await turn();
      assert.equal(call.error?.message, 'refused');
      assert.equal(load.runs.length, runs);
    }
    outcomeOf(f(1));
    assert.equal(load.runs.length, 3, 'no caller waits for the runs before');
  });

  it('a signal whose reason throws rejects the call with that error', async () => {
    const signal = Object.defineProperty(halfSignal(), 'reason', { get: refuse });
    const call = outcomeOf(resilient(controlled(), { cache: true }).with({ signal })(1));
    signal.abort();
    await turn();
    assert.equal(call.error?.message, 'refused');
  });
});
