import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { sqliteTier } from 'holdfast/sqlite';
import { ChildProgram } from '../support/child-program.js';
import { openDatabase, sqliteLibrary, temporaryFile } from '../support/sqlite.js';

/** Waits for the database of a busy machine, so that no test depends on its speed. */
const PATIENT = { timeout: '20s', busyTimeout: '20s' };

let place;
before(() => {
  place = temporaryFile();
});
after(() => place.remove());

let names = 0;
const newName = () => `function ${++names}`;

/** A tier with a connection of its own, as another process has; ended with the test. */
function openTier(t, options) {
  const database = openDatabase(place.file);
  const tier = sqliteTier({ database, ...PATIENT, ...options });
  t.after(async () => {
    await tier[Symbol.asyncDispose]();
    database.close();
  });
  return tier;
}

/** A program with a function `load` of this name, whose runs are noted in a file; `body` is what it returns. */
function programOf(name, code, { options = '', body = 'key + " by " + process.pid' } = {}) {
  return new ChildProgram(`
    import { appendFileSync } from 'node:fs';
    import { resilient } from 'holdfast';
    import { sqliteTier } from 'holdfast/sqlite';
    import { openDatabase } from './support/sqlite.js';
    const tier = sqliteTier({
      database: openDatabase(${JSON.stringify(place.file)}),
      ...${JSON.stringify(PATIENT)},
      ${options}
    });
    /** Callers have a result before it is stored. */
    async function end() {
      await tier[Symbol.asyncDispose]();
      process.exit();
    }
    const load = resilient(async (key) => {
      appendFileSync(${JSON.stringify(runsFile(name))}, process.pid + '\\n');
      return ${body};
    }, { name: '${name}', cache: { ttl: '1h', tier } });
    ${code}`);
}

const runsFile = (name) => `${place.file}.${name.replace(' ', '-')}`;
const runsOf = (name) =>
  existsSync(runsFile(name)) ? readFileSync(runsFile(name), 'utf8').trim().split('\n').length : 0;

describe(`a tier in SQLite, by ${sqliteLibrary}`, () => {
  it('a result survives the process that computed it', async () => {
    const name = newName();
    const code = 'console.log(await load("a")); await end();';
    const first = programOf(name, code);
    const result = await first.line();
    const second = programOf(name, code);
    assert.equal(await second.line(), result);
    assert.equal(runsOf(name), 1);
    await Promise.all([first.end(), second.end()]);
  });

  it('four processes with ten callers each run a function once for a cold key', async () => {
    const name = newName();
    const programs = Array.from({ length: 4 }, () =>
      programOf(
        name,
        `console.log('ready');
        await nextLine();
        const results = await Promise.all(Array.from({ length: 10 }, () => load('a')));
        console.log([...new Set(results)].join());
        await end();`,
        { body: 'await new Promise((done) => setTimeout(done, 300)), key + " by " + process.pid' },
      ),
    );
    for (const program of programs) assert.equal(await program.line(), 'ready');
    for (const program of programs) program.tell('go');
    const results = await Promise.all(programs.map((program) => program.line()));
    assert.equal(new Set(results).size, 1);
    assert.equal(runsOf(name), 1);
    await Promise.all(programs.map((program) => program.end()));
  });

  it('a result that another process invalidated while it was computed is not stored', async (t) => {
    const name = newName();
    const program = programOf(
      name,
      `const result = load('a');
      console.log(await result);
      await end();`,
      { body: '(console.log("running"), await nextLine())' },
    );
    assert.equal(await program.line(), 'running');
    const tier = openTier(t);
    const load = resilient(async () => 'new', { name, cache: { ttl: '1h', tier } });
    await load.invalidate('a');
    program.tell('old');
    assert.equal(await program.line(), 'old');
    await program.end();
    assert.equal(await load('a'), 'new');
    const another = resilient(async () => 'newer', {
      name,
      cache: { ttl: '1h', tier: openTier(t) },
    });
    assert.equal(await another('a'), 'new');
  });

  it('after a process is killed while it runs a function, another one runs it and stores', async (t) => {
    const name = newName();
    const program = programOf(name, `await load('a');`, {
      options: `lease: '300ms'`,
      body: '(console.log("running"), await nextLine())',
    });
    assert.equal(await program.line(), 'running');
    const tier = openTier(t, { lease: '300ms' });
    const load = resilient(async () => 'of the other', { name, cache: { ttl: '1h', tier } });
    const result = load('a');
    await program.kill();
    assert.equal(await result, 'of the other');
    const again = openTier(t);
    const unused = () => assert.fail('the result is stored');
    const copy = resilient(unused, { name, cache: { ttl: '1h', tier: again } });
    assert.equal(await copy('a'), 'of the other');
    assert.equal(tier.stats.waits, 1);
  });

  it('a process that was stopped for longer than its lease does not overwrite a newer result', async (t) => {
    const name = newName();
    const program = programOf(name, `console.log(await load('a')); await end();`, {
      options: `lease: '300ms'`,
      body: '(console.log("running"), await nextLine())',
    });
    assert.equal(await program.line(), 'running');
    program.child.kill('SIGSTOP');
    const tier = openTier(t, { lease: '300ms' });
    const load = resilient(async () => 'new', { name, cache: { ttl: '1h', tier } });
    assert.equal(await load('a'), 'new');
    program.tell('old');
    program.child.kill('SIGCONT');
    assert.match(await program.line(), /^(old|new)$/);
    await program.end();
    const unused = () => assert.fail('the result is stored');
    const copy = resilient(unused, { name, cache: { ttl: '1h', tier: openTier(t) } });
    assert.equal(await copy('a'), 'new');
  });

  it('another process stops returning an invalidated result within maxStale', async (t) => {
    const name = newName();
    const program = programOf(
      name,
      `console.log(await load('a'));
      await nextLine();
      let result;
      do {
        await new Promise((done) => setTimeout(done, 5));
        result = await load('a');
      } while (result === 'old');
      console.log(result);
      await end();`,
      { options: `maxStale: '200ms'`, body: '"old"' },
    );
    assert.equal(await program.line(), 'old');
    const load = resilient(async () => 'new', { name, cache: { ttl: '1h', tier: openTier(t) } });
    await load.invalidate('a');
    assert.equal(await load('a'), 'new');
    program.tell('go');
    assert.equal(await program.line(), 'new');
    await program.end();
  });

  it('tags end results in other processes', async (t) => {
    const name = newName();
    let runs = 0;
    const options = (tier) => ({
      name,
      cache: { ttl: '1h', tier, tags: (_result, key) => [`tag of ${key}`] },
    });
    const count = async () => ++runs;
    const [first, second, third] = [1, 2, 3].map(() => openTier(t));
    const load = resilient(count, options(first));
    assert.deepEqual([await load('a'), await load('b')], [1, 2]);
    await first[Symbol.asyncDispose]();
    await second.invalidateTag('tag of a');
    const other = resilient(count, options(third));
    assert.deepEqual([await other('a'), await other('b')], [3, 2]);
  });

  it('values of many types come back, and class instances stay in the process', async (t) => {
    const name = newName();
    const date = new Date(5);
    const values = { map: new Map([[date, new Set([1n])]]), bytes: new Uint8Array([1, 2]) };
    const options = (tier) => ({ name, cache: { ttl: '1h', tier } });
    const fn = async (key) => (key === 'class' ? new (class Point {})() : values);
    const [first, second] = [openTier(t), openTier(t)];
    const [one, other] = [resilient(fn, options(first)), resilient(fn, options(second))];
    assert.equal(await one('many'), values);
    const copy = await other('many');
    assert.notEqual(copy, values);
    assert.deepEqual(copy, values);
    assert.equal(second.stats.hits, 1);
    const point = await one('class');
    assert.equal(await one('class'), point);
    assert.notEqual(await other('class'), point);
    assert.equal(first.stats.unstorable, 1);
  });

  it('calls go on when the database fails, and invalidate rejects until it works again', async (t) => {
    let isBroken = false;
    const database = openDatabase(place.file);
    const attempt = (run) => {
      if (isBroken) throw new Error('disk I/O error');
      return run();
    };
    const faulty = {
      exec: (sql) => attempt(() => database.exec(sql)),
      prepare(sql) {
        const statement = attempt(() => database.prepare(sql));
        return {
          get: (...values) => attempt(() => statement.get(...values)),
          run: (...values) => attempt(() => statement.run(...values)),
        };
      },
    };
    const tier = sqliteTier({
      database: faulty,
      ...PATIENT,
      breaker: { failureThreshold: 1, recoveryTimeout: '20ms' },
    });
    t.after(async () => {
      await tier[Symbol.asyncDispose]();
      database.close();
    });
    const failures = [];
    tier.addEventListener('tier_error', ({ error }) => failures.push(String(error)));
    const back = new Promise((resolve) => tier.addEventListener('tier_back', resolve));
    const name = newName();
    const load = resilient(async (key) => key, { name, cache: { ttl: '1h', tier } });
    const other = resilient(async () => 'other', { name, cache: { ttl: '1h', tier: openTier(t) } });
    assert.equal(await other('a'), 'other');
    assert.equal(await load('a'), 'other');
    isBroken = true;
    assert.equal(await load('b'), 'b');
    await assert.rejects(load.invalidate('a'), { name: 'TierError' });
    assert.ok(
      failures.some((failure) => failure.includes('disk I/O error')),
      String(failures),
    );
    isBroken = false;
    // The timers of a tier keep no process alive.
    const alive = setInterval(() => {}, 1_000);
    t.after(() => clearInterval(alive));
    await back;
    const third = resilient(async () => 'third', { name, cache: { ttl: '1h', tier: openTier(t) } });
    assert.equal(await third('a'), 'third', 'the invalidation was made up for');
  });

  it('two prefixes share a database without sharing results', async (t) => {
    const name = newName();
    const [one, other] = ['one', 'other'].map((prefix) =>
      resilient(async () => prefix, { name, cache: { ttl: '1h', tier: openTier(t, { prefix }) } }),
    );
    assert.deepEqual([await one('a'), await other('a')], ['one', 'other']);
  });
});

describe('sqliteTier checks its options', () => {
  const database = { exec() {}, prepare() {} };
  const cases = [
    [
      undefined,
      TypeError,
      /^database must be a DatabaseSync of node:sqlite or a Database of better-sqlite3, got undefined$/,
    ],
    [{ database: 'cache.db' }, TypeError, /^database must be .* got 'cache\.db'$/],
    [{ database: {} }, TypeError, /^database must be/],
    [{ database, prefix: 5 }, TypeError, /^prefix must be a string, got 5$/],
    [{ database, maxBytes: 0 }, RangeError, /^maxBytes must be an integer >= 1, got 0$/],
    [{ database, maxBytes: '1 GB' }, TypeError, /^maxBytes must be/],
    [{ database, busyTimeout: -1 }, RangeError, /^busyTimeout must be/],
    [{ database, db: 1 }, TypeError, /did you mean database\?$/],
    [{ database, maxStale: 'a' }, RangeError, /^maxStale must be/],
  ];
  for (const [options, Class, message] of cases) {
    it(`sqliteTier refuses wrong options: ${message}`, () => {
      assert.throws(
        () => sqliteTier(options),
        (error) => {
          assert.ok(error instanceof Class);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
