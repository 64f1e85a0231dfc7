import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Bulkhead, CircuitBreaker, policy, RateLimiter, resilient } from 'holdfast';
import ts from 'typescript';
import { bundleOf } from '../support/bundle.js';
import { patterns } from '../support/patterns.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLASSES = { Bulkhead, CircuitBreaker, RateLimiter };
const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe('the list of patterns determines everything about an option', () => {
  it('the list of patterns has one option for each pattern of the docs, from the outermost to the innermost', () => {
    assert.deepEqual(
      patterns.map(({ option }) => option),
      ['fallback', 'circuitBreaker', 'timeout', 'rateLimiter', 'bulkhead', 'retry', 'hedge'],
    );
  });

  it('the list of patterns names the options that an unknown option of resilient can be', () => {
    const list = patterns.map(({ option }) => option).join(', ');
    assert.throws(() => resilient(() => {}, { xxxxxxxxxxxxxxxx: 1 }), {
      message: `Unknown option xxxxxxxxxxxxxxxx; known are name, cache, onEvent, passContext, http, sync, ${list}`,
    });
  });

  for (const { option, fields, waits, shared } of patterns) {
    it(`${option} has a page in docs that names its fields`, () => {
      const page = readFileSync(join(ROOT, `docs/${kebab(option)}.md`), 'utf8');
      for (const field of fields) assert.ok(page.includes(`\`${field}`), `no ${field}`);
    });

    it(`${option} makes a synchronous function return a Promise exactly if it waits`, () => {
      const needed = { delay: 1 };
      const f = resilient(() => 1, { [option]: option === 'hedge' ? needed : {} });
      assert.equal(f() instanceof Promise, waits);
    });

    it(`${option} is a member of the function and of a policy exactly if it can be shared`, () => {
      const options = shared ? { [option]: true } : {};
      for (const owner of [resilient(() => {}, options), policy(options)]) {
        assert.equal(Object.hasOwn(owner, option), shared !== undefined);
        if (shared) assert.ok(owner[option] instanceof CLASSES[shared]);
      }
    });
  }
});

/** A pattern as ARCHITECTURE.md says how to add one: its folder, its line in the list, and the type of its option. */
const TALLY = `
import type { Options } from '../../options/check.ts';
import type { Pattern } from '../pattern.ts';

/** Counts the attempts. */
export interface TallyOptions {
  /** By how much each attempt counts. Default 1. */
  readonly step?: number | undefined;
  /** Gets the count before each attempt. */
  readonly onCount?: ((count: number) => void) | undefined;
}

export const tally = (): Pattern<Options> => ({
  option: 'tally',
  fields: ['step', 'onCount'],
  layer: (options) => {
    const step = options.readInteger('step', 1, 1);
    const onCount = options.readFunction<(count: number) => void>('onCount');
    let count = 0;
    return (next) => (call, cancellation) => {
      count += step;
      onCount?.(count);
      return next(call, cancellation);
    };
  },
});
`;
const EDITS = {
  'patterns/index.ts': [
    ['import { retry }', "import { tally } from './tally/tally.ts';\nimport { retry }"],
    ['    retry(),\n', '    retry(),\n    tally(),\n'],
  ],
  'patterns/pattern-options.ts': [
    ['import type { RetryOptions }', "import type { TallyOptions } from './tally/tally.ts';\n$&"],
    [
      'export interface SyncPatternOptions<Args extends readonly unknown[] = never[]> {\n',
      '$&  readonly tally?: boolean | TallyOptions | undefined;\n',
    ],
  ],
};
/** Each line that must not compile says so. */
const USES = `
import { httpPolicy, policy, resilient } from './index.ts';

const twice = (n: number) => 2 * n;
const f = resilient(twice, { tally: { step: 2, onCount: (count) => count.toFixed() } });
export const four: number = f(2);
export const five: Promise<number> = resilient(twice, { tally: true, retry: true })(2);
export const wrapped = policy({ tally: { step: 3 } })(twice, { tally: false });
export const preset: { step: 3 } = httpPolicy({ tally: { step: 3 } }).tally;
// @ts-expect-error
resilient(twice, { tally: { stop: 2 } });
// @ts-expect-error
resilient(twice, { tally: { step: '2' } });
// @ts-expect-error
export const { tally } = f;
`;

describe('a pattern added to a copy of the sources works like any other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-pattern-'));
  after(() => rmSync(folder, { recursive: true }));
  cpSync(join(ROOT, 'js'), join(folder, 'js'), { recursive: true });
  // For its `imports`.
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  mkdirSync(join(folder, 'js/patterns/tally'));
  writeFileSync(join(folder, 'js/patterns/tally/tally.ts'), TALLY);
  for (const [file, edits] of Object.entries(EDITS)) {
    const path = join(folder, 'js', file);
    const text = edits.reduce(
      (before, [found, replacement]) => {
        assert.ok(before.includes(found), `${file} has no ${found}`);
        return before.replace(found, replacement);
      },
      readFileSync(path, 'utf8'),
    );
    writeFileSync(path, text);
  }
  const copy = await bundleOf(join(folder, 'js/index.ts'));

  it('an added pattern compiles, with its option checked like that of any other pattern', () => {
    writeFileSync(join(folder, 'js/uses.ts'), USES);
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
    const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
    assert.ok(fileNames.some((name) => name.endsWith('uses.ts')));
    const found = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
    const format = {
      getCanonicalFileName: String,
      getCurrentDirectory: () => folder,
      getNewLine: () => '\n',
    };
    assert.equal(ts.formatDiagnostics(found, format), '');
  });

  it('an added pattern runs at its place in the list: for each attempt of a retry', async () => {
    const log = [];
    const f = copy.resilient(
      async () => {
        log.push('call');
        throw new Error('down');
      },
      {
        tally: { step: 2, onCount: (count) => log.push(count) },
        retry: { maxAttempts: 2, delay: 0 },
        fallback: null,
        onEvent: ({ type }) => log.push(type),
      },
    );
    assert.equal(await f(), null);
    assert.deepEqual(log, [
      ...[2, 'call', 'retry', 4, 'call', 'retry_exhausted'],
      ...['fallback_used', 'failure'],
    ]);
  });

  it('an added pattern leaves a synchronous function synchronous', () => {
    assert.equal(copy.resilient((n) => 2 * n, { tally: true })(2), 4);
  });

  it('an added pattern refuses unknown fields and wrong values, and suggests names', () => {
    const wrap = (options) => () => copy.resilient(() => {}, options);
    assert.throws(wrap({ tally: { stop: 1 } }), {
      name: 'TypeError',
      message: 'Unknown option tally.stop; did you mean tally.step?',
    });
    assert.throws(wrap({ tally: { step: 0 } }), {
      name: 'RangeError',
      message: 'tally.step must be an integer >= 1, got 0',
    });
    assert.throws(wrap({ taly: true }), {
      message: 'Unknown option taly; did you mean tally?',
    });
  });

  it('an added pattern is an option of policies and presets, which copy its fields', () => {
    const counts = [];
    const options = { step: 3, onCount: (count) => counts.push(count) };
    const api = copy.policy({ tally: options });
    options.step = 100;
    api(() => 1)();
    api(() => 1, { tally: false })();
    assert.deepEqual(counts, [3]);
    assert.deepEqual(copy.httpPolicy({ tally: { step: 5 } }).tally, { step: 5 });
    assert.throws(() => copy.policy({ tally: { stop: 1 } }), { name: 'TypeError' });
  });
});
