import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { csvTrace, gzipped, lruHits, plainTrace, skewedKeys } from '../support/traces.js';

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.resolve('holdfast'))));
const { bin } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
const keys = skewedKeys(20_000, 1_000);
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  // What npm does for a package with a program.
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(PACKAGE, join(folder, 'node_modules', 'holdfast'));
  symlinkSync(join(PACKAGE, bin.holdfast), join(folder, 'node_modules', '.bin', 'holdfast'));
  writeFileSync(join(folder, 'keys.txt'), plainTrace(keys));
  writeFileSync(join(folder, 'keys.csv.gz'), gzipped(csvTrace(keys)));
  symlinkSync('keys.txt', join(folder, 'link.txt'));
  writeFileSync(join(folder, 'control.csv'), '\u001b[31mred,b\n1,2\n3,4\n');
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program that npm has linked. */
function holdfast(args, input) {
  return run(join('node_modules', '.bin', 'holdfast'), args, input);
}

function run(command, args, input) {
  const options = { cwd: folder, encoding: 'utf8', timeout: 60_000, input };
  const { status, stdout, stderr } = spawnSync(command, args, options);
  return { status, stdout, stderr };
}

describe('npx holdfast simulate', () => {
  it('the program prints advice, a table and a chart, and nothing on the standard error', () => {
    const { status, stdout, stderr } = holdfast(['simulate', 'keys.txt', '--sizes', '50,5_00']);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(
      stdout,
      /^20,000 requests for [\d,]+ keys \(plain\)\n\nmaxSize: \d+\. LRU answers/,
    );
    const ratios = [50, 500].map((size) => ((100 * lruHits(keys, size)) / 20_000).toFixed(2));
    const rows = stdout.split('\n').map((line) => line.trim().split(/ +/));
    assert.deepEqual(
      rows
        .filter(([size]) => size === '50' || size === '500')
        .map(([, lru]) => lru)
        .slice(0, 2),
      ratios,
    );
    assert.match(stdout, /[\u2801-\u28ff]/);
    assert.ok(!stdout.includes('\u001b'), 'no colors without a terminal');
  });

  it('the program reads compressed CSV by its columns, and writes JSON, SVG and HTML', () => {
    const args = ['--key', 'url', '--time', 'at', '--size', 'bytes', '--policies', 'lru,sieve'];
    const files = ['--json', '--svg', 'out.svg', '--html', 'out.html'];
    const { status, stdout, stderr } = holdfast(['simulate', 'keys.csv.gz', ...args, ...files]);
    assert.deepEqual([status, stderr], [0, '']);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.format, report.requests, report.seconds], ['csv', 20_000, 19_999]);
    assert.deepEqual(
      report.policies.map(({ policy }) => policy),
      ['lru', 'sieve'],
    );
    assert.match(readFileSync(join(folder, 'out.svg'), 'utf8'), /^<svg .*<\/svg>\n$/s);
    assert.match(
      readFileSync(join(folder, 'out.html'), 'utf8'),
      /^<!doctype html>.*keys\.csv\.gz/s,
    );
  });

  it('the program reads the standard input', () => {
    const { status, stdout } = holdfast(['simulate', '-', '--policies', 'lru'], plainTrace(keys));
    assert.equal(status, 0);
    assert.match(stdout, /^20,000 requests/);
  });

  it('npx runs the program', () => {
    const { status, stdout } = run('npx', ['--offline', 'holdfast', '--help']);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: holdfast simulate <file>/);
  });

  it('--help and no arguments print how to use it', () => {
    for (const args of [['--help'], [], ['simulate', '-h']]) {
      const { status, stdout, stderr } = holdfast(args);
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, /^Usage: holdfast simulate <file>/);
    }
  });

  it('--version prints the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
    assert.deepEqual(holdfast(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('an option that the format has no use for is named on the standard error', () => {
    const plain = holdfast(['simulate', 'keys.txt', '--size', '50', '--status', '200']);
    assert.deepEqual(
      [plain.status, plain.stderr],
      [
        0,
        'holdfast: --size is ignored: the format is plain. Did you mean --sizes?\n' +
          'holdfast: --status is ignored: the format is plain\n',
      ],
    );
    const columns = ['--key', 'url', '--time', 'at', '--size', 'bytes'];
    assert.equal(holdfast(['simulate', 'keys.csv.gz', ...columns]).stderr, '');
  });

  it('the report has "1 key" and "1 entry" in the singular', () => {
    const { stdout } = holdfast(['simulate', '-', '--sizes', '1'], 'a\na');
    assert.match(stdout, /^2 requests for 1 key \(plain\)/);
    assert.match(stdout, / with 1 entry/);
    assert.doesNotMatch(stdout, /\b1 entries/);
  });

  it('a reader that stops early is no error', () => {
    const program = join('node_modules', '.bin', 'holdfast');
    // The pipe is closed long before the report is there.
    const command = `set -o pipefail; ${program} simulate keys.txt --json | true`;
    assert.deepEqual(run('bash', ['-c', command]), { status: 0, stdout: '', stderr: '' });
  });

  const fullDevice = { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' };
  it('an output without room is an error in one line', fullDevice, () => {
    const program = join('node_modules', '.bin', 'holdfast');
    const { status, stderr } = run('bash', ['-c', `${program} --help > /dev/full`]);
    assert.equal(status, 1);
    assert.match(stderr, /^holdfast: ENOSPC.*\n$/);
  });

  it('lists may have spaces after their commas', () => {
    const args = ['--policies', 'lru, fifo', '--sizes', '50, 60', '--ttls', '1s, 2s', '--json'];
    const { status, stdout } = holdfast(['simulate', 'keys.txt', ...args]);
    assert.deepEqual([status, JSON.parse(stdout).sizes], [0, [50, 60]]);
  });

  const wrong = [
    [['simulate'], /Missing <file>; use - for the standard input\nTry: npx holdfast --help/],
    [['compare', 'x'], /Unknown command 'compare': use simulate/],
    [['simulate', 'missing.txt'], /missing\.txt cannot be read: ENOENT/],
    [['simulate', '.'], /\. cannot be read: it is a folder/],
    [['simulate', 'keys.txt', 'more'], /Expected one file, got 'more' as well/],
    [['simulate', 'keys.txt', '--size'], /--size <value>.*argument missing/],
    [['simulate', 'keys.txt', '--sizes', '1e3'], /--sizes must be an integer, got '1e3'/],
    [
      ['simulate', 'keys.txt', '--polices', 'lru'],
      /Unknown option --polices; did you mean --policies\?\n/,
    ],
    [['simulate', 'keys.txt', '--zzzzzzzz'], /Unknown option --zzzzzzzz\n/],
    [['simulate', 'keys.txt', '--svg', 'no/a.svg'], /--svg: no\/a\.svg cannot be written: ENOENT/],
    [['simulate', 'keys.txt', '--svg', '.'], /--svg: \. cannot be written: it is a folder/],
    [['simulate', 'keys.txt', '--svg', './keys.txt'], /--svg would overwrite \.\/keys\.txt/],
    [['simulate', 'keys.txt', '--svg', 'link.txt'], /--svg would overwrite link\.txt/],
    [['simulate', 'control.csv'], /The columns are \ufffd\[31mred, b, or 1 to 2/],
    [['simulate', 'keys.txt', '--svg', 'a', '--html', 'a'], /--html would overwrite a/],
    [
      ['simulate', 'keys.txt', '--policies', 'lru,lfu'],
      /^holdfast: --policies must be one of lru, .*, got 'lfu'/,
    ],
    [['simulate', 'keys.txt', '--ttls', '0s'], /^holdfast: --ttls must be /],
    [
      ['simulate', 'keys.csv.gz'],
      /key: which column has the key\? The columns are at, url, bytes, or 1 to 3/,
    ],
    [
      ['simulate', 'keys.txt', '--format', 'arc'],
      /not in the format arc.*The formats are: plain, csv/,
    ],
  ];
  for (const [args, message] of wrong) {
    it(`the program says what is wrong with: holdfast ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = holdfast(args);
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, message);
      assert.match(stderr, /^holdfast: /);
    });
  }
});
