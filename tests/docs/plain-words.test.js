import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SELF = fileURLToPath(import.meta.url);

const PLACES = [
  ...['js', 'src', 'crates', 'xtask', 'scripts', 'tests', 'bench', 'examples', 'docs', '.github'],
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
];
const TEXT = /^\.(?:[cm]?[jt]sx?|rs|toml|md|html|css|ya?ml|sh)$/;
/** Installed, built or generated folders. */
const SKIPPED = new Set(['node_modules', 'generated', 'target']);

/** Unclear phrases, and what says the same plainly. */
const PLAIN = {
  'as good as': 'almost, or the standard term',
  'at the least': 'at least',
  'by itself': 'alone, separately, or name the cause',
  'for each of its own': 'its own, or per call',
  'for ever': 'forever',
  'has to go': 'is evicted, or is removed',
  'in the place of': 'instead of',
  'is to be': 'must, or the present tense',
  'so many': 'the number, or its name',
  anew: 'again',
  beside: 'next to, or in addition to',
  nobody: 'no caller, or no listener',
  somebody: 'a caller, or a listener',
  whoever: 'the caller that',
};
/** Names of former internals, whose standard names are in use now. */
const FORMER = {
  aboard: 'joined',
  calledOff: 'cancelled',
  Lessee: 'ClockUser',
  LoneResponse: 'UnsharedResponse',
  mayVanish: 'canLeaderDie',
  spendOther: 'countOperation',
  Verdict: 'Outcome',
  waitUnless: 'waitWithSignals',
};

/** A phrase may be split by a line break, also within a comment. */
const SPACE = String.raw`(?:\s+(?:(?://[/!]?|\*|#|>)\s+)?)`;
const patternOf = (phrase) => String.raw`\b${phrase.replaceAll(' ', SPACE)}\b`;
const anyOf = (phrases, flags) => new RegExp(Object.keys(phrases).map(patternOf).join('|'), flags);
const patterns = [anyOf(PLAIN, 'gi'), anyOf(FORMER, 'g')];

function filesIn(path) {
  if (statSync(path).isFile()) return path !== SELF && TEXT.test(extname(path)) ? [path] : [];
  return readdirSync(path)
    .filter((name) => !SKIPPED.has(name))
    .flatMap((name) => filesIn(join(path, name)));
}

function hitsIn(text) {
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map(({ 0: found, index }) => `${text.slice(0, index).split('\n').length}: ${found}`);
}

test('the repository uses plain words: see the list in this test', () => {
  const files = PLACES.map((place) => join(ROOT, place))
    .filter((path) => existsSync(path))
    .flatMap(filesIn);
  assert.ok(files.length > 100, `${files.length} files`);
  const hits = files.flatMap((file) =>
    hitsIn(readFileSync(file, 'utf8')).map((hit) => `${file.slice(ROOT.length)}:${hit}`),
  );
  assert.ok(hits.length === 0, `${hits.length} unclear words:\n${hits.join('\n')}`);
});

test('the search for unclear words finds them in any letter case and over a line break', () => {
  assert.deepEqual(hitsIn('Beside it\n * in the\n * place of a\n// so\n// many, besides'), [
    '1: Beside',
    '2: in the\n * place of',
    '4: so\n// many',
  ]);
  assert.deepEqual(hitsIn('An outcome verdict, mayVanish'), ['1: mayVanish']);
});
