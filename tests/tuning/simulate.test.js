import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { simulate } from 'holdfast/tuning';
import {
  csvTrace,
  gzipped,
  lruHits,
  noise,
  plainTrace,
  randomNumbers,
  skewedKeys,
  streamOf,
} from '../support/traces.js';

const POLICIES = [
  'lru',
  'fifo',
  'sieve',
  's3-fifo',
  'arc',
  'lirs',
  'w-tinylfu',
  'adaptive',
  'optimal',
];
const keys = skewedKeys(20_000, 1_000);
const trace = plainTrace(keys);
const LRU = { policies: ['lru'], sizes: [100] };

/** A stream of bytes whose chunks are all in the same Buffer. */
async function* inOneBuffer(bytes, length) {
  const buffer = Buffer.alloc(length);
  for (let start = 0; start < bytes.length; start += length) {
    yield buffer.subarray(0, bytes.copy(buffer, 0, start));
    // In the meantime the chunk may be read, but not kept.
    await new Promise(setImmediate);
  }
}

/** The hit ratio of a policy at a size. */
function ratioOf(report, policy, size) {
  const { points } = report.policies.find((found) => found.policy === policy);
  return points.find((point) => point.size === size).hitRatio;
}

describe('simulate reports what caches would have done', () => {
  it('simulate has the hit ratio of LRU at each size, and the same from its curve', async () => {
    const { policies, ...report } = await simulate(trace, {
      policies: ['lru'],
      sizes: [16, 128, 512],
    });
    const expected = [16, 128, 512].map((size) => ({
      size,
      hitRatio: lruHits(keys, size) / 20_000,
    }));
    assert.deepEqual(policies[0].points, expected);
    for (const { size, hitRatio } of expected) {
      assert.equal(report.lruCurve.find((point) => point.size === size).hitRatio, hitRatio);
    }
    const uniqueKeys = new Set(keys).size;
    assert.equal(report.uniqueKeys, uniqueKeys);
    assert.equal(report.requests, 20_000);
    assert.equal(report.maxHitRatio, 1 - uniqueKeys / 20_000);
    assert.deepEqual([report.format, report.seconds, report.ttl], ['plain', null, null]);
  });

  it('simulate compares all policies at ten sizes, and none has more hits than optimal', async () => {
    const report = await simulate(trace);
    assert.deepEqual(
      report.policies.map(({ policy }) => policy),
      POLICIES,
    );
    assert.equal(report.sizes.length, 10);
    for (const { points } of report.policies) {
      assert.deepEqual(
        points.map(({ size }) => size),
        report.sizes,
      );
      for (const { size, hitRatio } of points) {
        assert.ok(hitRatio <= ratioOf(report, 'optimal', size) && hitRatio > 0);
      }
    }
  });

  it('the advice names the policy that a cache can have before the ones that are only in the simulator', async () => {
    // A few popular keys, and scans of keys that come once.
    const popular = skewedKeys(15_000, 300);
    const mixed = popular.flatMap((key, index) => (index % 3_000 < 1_000 ? [key, -index] : [key]));
    const textOf = async (policies) => {
      const { advice } = await simulate(plainTrace(mixed), { policies, sizes: [100] });
      return advice.find(({ about }) => about === 'policy')?.text;
    };
    assert.match(await textOf(['lru', 'sieve', 'adaptive']), /^At 100 entries policy: adaptive /);
    assert.match(await textOf(['lru', 'sieve']), /sieve, which is only in the simulator, answers/);
    assert.equal(await textOf(['lru']), undefined);
  });

  it('the advice says whether the curve has a knee, and what twice the size brings', async () => {
    const textOf = async (requests) => {
      const { advice } = await simulate(plainTrace(requests), LRU);
      return advice.find(({ about }) => about === 'size').text;
    };
    const random = randomNumbers(1);
    const uniform = Array.from({ length: 20_000 }, () => Math.floor(1_000 * random()));
    assert.match(await textOf(uniform), /The curve has no clear knee/);
    const loop = Array.from({ length: 20_000 }, (_, index) => index % 50);
    assert.doesNotMatch(await textOf(loop), /no clear knee/);
  });

  it('simulate finds the smallest LRU cache within one point of the knee', async () => {
    const { knee, smallest, advice } = await simulate(trace, LRU);
    const ratio = (size) => lruHits(keys, size) / 20_000;
    assert.equal(knee.hitRatio, ratio(knee.size));
    assert.equal(smallest.hitRatio, ratio(smallest.size));
    assert.ok(smallest.hitRatio >= knee.hitRatio - 0.01);
    assert.ok(ratio(smallest.size - 1) < knee.hitRatio - 0.01);
    assert.match(advice[0].text, new RegExp(`^maxSize: ${smallest.size}\\. LRU answers `));
  });

  it('simulate says what a ttl costs if the trace has times', async () => {
    const every = Array.from({ length: 3_000 }, (_, index) => index % 30);
    const options = { key: 'url', time: 'at', size: 'bytes', ttls: ['45s', '1d', '20s'] };
    const report = await simulate(csvTrace(every), { ...options, policies: ['lru'], sizes: [30] });
    assert.equal(report.seconds, 2_999);
    assert.equal(report.meanValueSize, 114.5);
    // Each key comes every 30 seconds: 20 seconds are never enough, 45 are for every second time.
    assert.deepEqual(
      report.ttl.rows.map(({ ttl, hitRatio }) => [ttl, hitRatio]),
      [
        [20, 0],
        [45, 0.5],
      ],
    );
    assert.deepEqual([report.ttl.size, report.ttl.hitRatio], [30, 0.99]);
    assert.match(report.advice.find(({ about }) => about === 'ttl').text, /45s costs 49\.0 points/);
  });

  it('a lifetime per request is simulated if the trace has ttls', async () => {
    const lines = Array.from(
      { length: 2_000 },
      (_, index) => `${index},k${index % 2},${index % 2 ? 1 : 500}`,
    );
    const bytes = new TextEncoder().encode(`time,key,ttl\n${lines.join('\n')}\n`);
    const { ttl } = await simulate(bytes, { ttls: ['1d'], policies: ['lru'] });
    const [row, ...more] = ttl.rows;
    assert.equal(more.length, 0);
    assert.equal(row.ttl, null);
    assert.ok(row.hitRatio > 0.49 && row.hitRatio < 0.5, `${row.hitRatio}`);
  });

  it('an empty trace has a report without requests', async () => {
    const report = await simulate(new Uint8Array());
    assert.deepEqual([report.requests, report.uniqueKeys, report.badLines], [0, 0, 0]);
  });
});

describe('simulate reads any source', () => {
  const sources = {
    'a Uint8Array': () => trace,
    'a Blob': () => new Blob([trace]),
    'a File': () => new File([trace], 'trace.txt'),
    'a ReadableStream': () => streamOf(trace, 1_000),
    'a ReadableStream of three bytes at a time': () => streamOf(trace, 3),
    'a stream of Node': () =>
      Readable.from([Buffer.from(trace.slice(0, 77)), Buffer.from(trace.slice(77))]),
    'a compressed stream that uses one Buffer again and again': () =>
      inOneBuffer(Buffer.from(gzipped(trace)), 100),
    'compressed bytes': () => gzipped(trace),
    'a compressed stream': () => streamOf(gzipped(trace), 999),
    'a stream with empty chunks': () =>
      Readable.from([new Uint8Array(), trace.slice(0, 9), new Uint8Array(), trace.slice(9)]),
    'two compressed parts, one after the other': () =>
      new Blob([gzipped(trace.slice(0, 5_000)), gzipped(trace.slice(5_000))]),
    'a stream whose first chunk is one byte of compressed data': () => {
      const bytes = gzipped(trace);
      return Readable.from([bytes.slice(0, 1), bytes.slice(1)]);
    },
  };
  for (const [name, open] of Object.entries(sources)) {
    it(`simulate reads ${name}`, async () => {
      const report = await simulate(open(), LRU);
      assert.equal(ratioOf(report, 'lru', 100), lruHits(keys, 100) / 20_000);
    });
  }

  it('require gives the same functions', async () => {
    const required = createRequire(import.meta.url)('holdfast/tuning');
    const report = await required.simulate(trace, LRU);
    assert.equal(report.requests, 20_000);
  });

  it('two concurrent simulations have the same reports as separate ones', async () => {
    const [one, two] = await Promise.all([
      simulate(streamOf(trace, 5_000), LRU),
      simulate(streamOf(gzipped(csvTrace(keys)), 300), { ...LRU, key: 'url' }),
    ]);
    assert.equal(ratioOf(one, 'lru', 100), ratioOf(two, 'lru', 100));
  });
});

describe('simulate ends early', () => {
  it('an abort rejects with the reason, and cancels the source', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let cancelled;
    const source = streamOf(trace, 1_000, (got) => {
      cancelled = got;
    });
    const options = {
      ...LRU,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    };
    await assert.rejects(simulate(source, options), reason);
    assert.equal(cancelled, reason);
  });

  const stalled = {
    'a stream': trace.slice(0, 1_000),
    'a compressed stream': gzipped(trace).slice(0, 1_000),
    'a stream without any bytes': new Uint8Array(),
  };
  for (const [name, start] of Object.entries(stalled)) {
    it(`an abort while ${name} waits for more rejects with the reason, and cancels it`, async () => {
      const controller = new AbortController();
      let cancelled;
      let pulls = 0;
      const source = new ReadableStream(
        {
          pull(streamController) {
            if (pulls++ === 0) streamController.enqueue(start);
            // The second chunk is awaited by now, and never comes.
            else setImmediate(() => controller.abort('enough'));
          },
          cancel: (reason) => {
            cancelled = reason;
          },
        },
        { highWaterMark: 0 },
      );
      const simulated = simulate(source, { ...LRU, signal: controller.signal });
      await assert.rejects(simulated, (reason) => reason === 'enough');
      assert.equal(cancelled, 'enough');
    });
  }

  it('a source of texts is cancelled', async () => {
    let cancelled;
    const source = new ReadableStream({
      start: (controller) => controller.enqueue('text'),
      cancel: (reason) => {
        cancelled = reason;
      },
    });
    await assert.rejects(simulate(source), { name: 'TypeError', message: /no Uint8Array/ });
    assert.match(cancelled.message, /no Uint8Array/);
  });

  it('a signal that is aborted already rejects before the source is read', async () => {
    const source = streamOf(trace, 1_000);
    await assert.rejects(simulate(source, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    assert.equal(source.locked, false);
  });

  it('an abort while the simulation goes on after the last byte rejects, too', async () => {
    const controller = new AbortController();
    const stages = [];
    const onProgress = ({ stage }) => {
      stages.push(stage);
      if (stage === 'optimal') controller.abort();
    };
    const many = plainTrace(skewedKeys(300_000, 1_000));
    const options = { policies: ['optimal'], sizes: [10], signal: controller.signal, onProgress };
    await assert.rejects(simulate(many, options), { name: 'AbortError' });
    assert.deepEqual([...new Set(stages)], ['read', 'simulate', 'optimal']);
  });

  it('an error of the source and one of onProgress reject', async () => {
    const broken = new Error('broken');
    const source = new ReadableStream({
      pull(controller) {
        controller.error(broken);
      },
    });
    await assert.rejects(simulate(source), broken);
    const onProgress = () => {
      throw broken;
    };
    await assert.rejects(simulate(trace, { onProgress }), broken);
  });

  it('compressed data that ends too early rejects', async () => {
    const message = /^the trace cannot be decompressed by this runtime \(.+\): is it complete/;
    await assert.rejects(simulate(gzipped(trace).slice(0, 5_000)), (error) => {
      assert.ok(error instanceof TypeError && error.cause instanceof Error);
      assert.match(error.message, message);
      return true;
    });
  });

  it('an error of a compressed source rejects as it is', async () => {
    const broken = new Error('broken');
    async function* source() {
      yield gzipped(trace).slice(0, 5_000);
      throw broken;
    }
    await assert.rejects(simulate(source()), (error) => error === broken);
  });

  it('the host gets a turn between the parts of a simulation', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await simulate(plainTrace(skewedKeys(100_000, 1_000)), { policies: ['lru', 'arc'] });
    clearInterval(timer);
    assert.ok(turns > 3, `${turns} turns`);
  });

  it('progress has the bytes and the share of a source with a length', async () => {
    const seen = [];
    await simulate(trace, { ...LRU, onProgress: (progress) => seen.push(progress) });
    const read = seen.filter(({ stage }) => stage === 'read');
    assert.deepEqual([read.at(-1).bytes, read.at(-1).share], [trace.length, 1]);
    const shares = [];
    const onProgress = ({ stage, share }) => stage === 'read' && shares.push(share);
    await simulate(streamOf(trace, 70_000), { ...LRU, onProgress });
    assert.ok(shares.length > 0 && shares.every((share) => share === undefined));
  });
});

describe('simulate tells what is wrong', () => {
  it('bad lines are counted, and the first one is shown with its number', async () => {
    const text = '{"key":1}\n{"key":2}\n{oops}\n{"key":1}\n{"key":\n{"key":2}\n';
    const { badLines, firstBadLine, requests } = await simulate(new Blob([text]), LRU);
    assert.deepEqual([requests, badLines], [4, 2]);
    assert.deepEqual(firstBadLine, { number: 3, text: '{oops}', reason: 'no JSON' });
  });

  it('a trace of lines that are all different says that each line was taken for a key', async () => {
    const lines = Array.from({ length: 2_000 }, (_, index) => `${index} GET /a`).join('\n');
    const { notes } = await simulate(new Blob([lines]), LRU);
    assert.match(notes.join(), /each whole line is a key.*name the format, one of plain, csv/);
    const named = await simulate(new Blob([lines]), { ...LRU, format: 'plain' });
    assert.deepEqual([named.notes, (await simulate(trace, LRU)).notes], [[], []]);
  });

  it('a JSON trace without the member key says which option names the path', async () => {
    const message = /line 1: no value at the path of the key \(option key\): "\{\\"url/;
    await assert.rejects(simulate(new Blob(['{"url":"/a"}\n{"url":"/b"}\n'])), { message });
  });

  it('a trace that is not in its format is a TypeError that names the formats', async () => {
    const message =
      /not in the format twitter: .*The formats are: plain, csv, tsv, json, access-log/;
    await assert.rejects(simulate(trace, { format: 'twitter' }), { name: 'TypeError', message });
  });

  it('bytes of no known format are a TypeError', async () => {
    await assert.rejects(simulate(noise(10_000)), {
      name: 'TypeError',
      message: /trace is binary/,
    });
  });

  const wrong = [
    [{ format: 'xml' }, RangeError, /^format must be one of plain, csv.*, got 'xml'$/],
    [
      { policies: ['lru', 'best'] },
      RangeError,
      /^policies\[1\] must be one of lru, fifo.*, got 'best'$/,
    ],
    [
      { policies: [undefined] },
      TypeError,
      /^policies\[0\] must be one of lru, fifo.*, got undefined$/,
    ],
    [{ policies: [] }, RangeError, /^policies must be an array of 1 to 9 elements, got 0$/],
    [{ policies: 'lru' }, TypeError, /^policies must be an array/],
    [{ sizes: [0] }, RangeError, /^sizes\[0\] must be an integer from 1 to 8388608, got 0$/],
    [{ sizes: ['9'] }, TypeError, /^sizes\[0\] must be an integer/],
    [
      { sizes: Array.from({ length: 65 }, (_, size) => size + 1) },
      RangeError,
      /1 to 64 elements, got 65$/,
    ],
    [{ ttls: ['5 min'] }, RangeError, /^ttls\[0\] must be a number of seconds/],
    [{ key: 0 }, RangeError, /^key must be the name of a column/],
    [{ status: 99 }, RangeError, /^status must be an integer >= 100, got 99$/],
    [{ signal: {} }, TypeError, /^signal must be an AbortSignal, got an object$/],
    [{ onProgress: 1 }, TypeError, /^onProgress must be a function, got 1$/],
    [{ polices: [] }, TypeError, /^Unknown option polices; did you mean policies\?$/],
  ];
  for (const [options, type, message] of wrong) {
    it(`simulate refuses ${JSON.stringify(options).slice(0, 40)} with a ${type.name}`, async () => {
      await assert.rejects(simulate(trace, options), (error) => {
        assert.ok(error instanceof type);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('a source of a wrong kind, and a stream that is locked, are a TypeError', async () => {
    const message = "source must be a Blob, a stream of bytes or a Uint8Array, got 'a.txt'";
    await assert.rejects(simulate('a.txt'), { name: 'TypeError', message });
    const locked = streamOf(trace, 100);
    locked.getReader();
    await assert.rejects(simulate(locked), { name: 'TypeError', message: /locked/ });
    await assert.rejects(simulate(Readable.from(['text'])), {
      name: 'TypeError',
      message: /no Uint8Array/,
    });
  });
});
