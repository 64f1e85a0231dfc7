import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { temporaryFile } from '../support/sqlite.js';
import { makeValue, openDriver, partsOf } from '../support/sqlite-driver.js';

const LONG = 60_000;
const { file, remove } = temporaryFile();
const { driver, database } = openDriver(file);
const { leases } = driver;
after(() => {
  database.close();
  remove();
});

let keys = 0;
const newKey = () => `key ${++keys}`;

/** Moves all lifetimes of values and leases by this many milliseconds: as if the time had passed. */
function pass(milliseconds, connection = database) {
  for (const table of ['values', 'leases']) {
    connection.prepare(`UPDATE holdfast1_${table} SET ends = ends - ?`).run(milliseconds);
  }
}

const count = (table) =>
  database.prepare(`SELECT count(*) AS count FROM holdfast1_${table}`).get().count;
const textOf = (value) => partsOf(value)?.text;

describe('a SQLite driver stores values', () => {
  it('get returns the bytes that set stored, and undefined for other keys', () => {
    const key = newKey();
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    driver.set(key, new Uint8Array(bytes), 0);
    assert.deepEqual(Buffer.from(driver.get(key)), bytes);
    assert.equal(driver.get(newKey()), undefined);
  });

  it('a value ends with its lifetime, and one with the lifetime 0 never', () => {
    const [short, long] = [newKey(), newKey()];
    driver.set(short, makeValue(1), LONG);
    driver.set(long, makeValue(2), 0);
    pass(LONG - 5_000);
    assert.ok(driver.get(short));
    pass(5_000);
    assert.equal(driver.get(short), undefined);
    pass(1e12);
    assert.ok(driver.get(long));
  });

  it('delete returns the first 33 bytes of the value, and undefined if there is none', () => {
    const key = newKey();
    driver.set(key, makeValue(3, 'the rest of the value'), LONG);
    assert.equal(Buffer.from(driver.delete(key)).toString(), '3..................the rest of th');
    assert.equal(driver.get(key), undefined);
    assert.equal(driver.delete(key), undefined);
    driver.set(key, makeValue(4), LONG);
    pass(LONG);
    assert.equal(driver.delete(key), undefined);
  });

  it('replace stores only over the value that was seen', () => {
    const key = newKey();
    const [first, second, third] = [1, 2, 3].map((stamp) => makeValue(stamp, `text ${stamp}`));
    const stampOf = (value) => value.subarray(0, 19);
    assert.equal(driver.replace(key, stampOf(first), first, LONG), false);
    assert.equal(driver.replace(key, undefined, first, LONG), true);
    assert.equal(driver.replace(key, undefined, second, LONG), false);
    assert.equal(driver.replace(key, stampOf(second), second, LONG), false);
    assert.equal(textOf(driver.get(key)), 'text 1');
    assert.equal(driver.replace(key, stampOf(first), second, LONG), true);
    assert.equal(textOf(driver.get(key)), 'text 2');
    pass(LONG);
    assert.equal(driver.replace(key, stampOf(second), third, LONG), false);
    assert.equal(driver.replace(key, undefined, third, LONG), true);
  });

  it('the time is that of the host', () => {
    const before = Date.now();
    const time = driver.time();
    assert.ok(time >= before - 2 && time <= Date.now() + 2, `${time - before} ms`);
  });
});

describe('a SQLite driver gives out leases', () => {
  it('one token at a time has the lease, and the others learn how long', () => {
    const key = newKey();
    assert.equal(leases.acquire(key, 'a', LONG, undefined, false), 0);
    assert.equal(leases.acquire(key, 'a', LONG, undefined, false), 0);
    const left = leases.acquire(key, 'b', LONG, undefined, false);
    assert.ok(left > 0 && left <= LONG, `${left}`);
    assert.equal(leases.store(key, 'b', makeValue(1), LONG), false);
    assert.equal(leases.store(key, 'a', makeValue(2, 'of a'), LONG), true);
    assert.equal(leases.store(key, 'a', makeValue(3), LONG), false);
    assert.equal(textOf(leases.acquire(key, 'b', LONG, undefined, false)), 'of a');
  });

  it('a stored value that was seen does not keep a token from the lease', () => {
    const key = newKey();
    driver.set(key, makeValue(1), LONG);
    assert.ok(leases.acquire(key, 'a', LONG, makeValue(2), false) instanceof Uint8Array);
    assert.equal(leases.acquire(key, 'a', LONG, makeValue(1), false), 0);
    assert.ok(driver.get(key), 'the old value is still stored');
    assert.equal(leases.store(key, 'a', makeValue(3, 'new'), LONG), true);
    assert.equal(textOf(driver.get(key)), 'new');
  });

  it('takeOver takes the lease from another token', () => {
    const key = newKey();
    driver.set(key, makeValue(1), LONG);
    leases.acquire(key, 'a', LONG, makeValue(1), false);
    assert.equal(leases.acquire(key, 'b', LONG, undefined, true), 0);
    assert.equal(leases.renew(key, 'a', LONG), false);
    assert.equal(leases.store(key, 'a', makeValue(2), LONG), false);
    assert.equal(leases.store(key, 'b', makeValue(3, 'of b'), LONG), true);
    assert.equal(textOf(driver.get(key)), 'of b');
  });

  it('a lease ends with its lifetime, and renew extends it before', () => {
    const key = newKey();
    leases.acquire(key, 'a', LONG, undefined, false);
    pass(LONG - 5_000);
    assert.equal(leases.renew(key, 'a', LONG), true);
    pass(LONG - 5_000);
    assert.equal(leases.renew(key, 'b', LONG), false);
    assert.notEqual(leases.acquire(key, 'b', LONG, undefined, false), 0);
    pass(5_000);
    assert.equal(leases.renew(key, 'a', LONG), false);
    assert.equal(leases.store(key, 'a', makeValue(1), LONG), false);
    assert.equal(leases.acquire(key, 'b', LONG, undefined, false), 0);
    assert.equal(leases.store(key, 'b', makeValue(2), LONG), true);
  });

  it('release ends the lease of its token only', () => {
    const key = newKey();
    leases.acquire(key, 'a', LONG, undefined, false);
    leases.release(key, 'b');
    assert.notEqual(leases.acquire(key, 'b', LONG, undefined, false), 0);
    leases.release(key, 'a');
    assert.equal(leases.acquire(key, 'b', LONG, undefined, false), 0);
  });

  for (const [name, write] of Object.entries({
    delete: (key) => driver.delete(key),
    set: (key) => driver.set(key, makeValue(7), LONG),
    replace: (key) => driver.replace(key, undefined, makeValue(8), LONG),
  })) {
    it(`${name} ends the lease, so that a result from before is not stored`, () => {
      const key = newKey();
      leases.acquire(key, 'a', LONG, undefined, false);
      write(key);
      const stored = textOf(driver.get(key));
      assert.equal(leases.renew(key, 'a', LONG), false);
      assert.equal(leases.store(key, 'a', makeValue(9, 'from before'), LONG), false);
      assert.equal(textOf(driver.get(key)), stored);
    });
  }

  it('a replace that stores nothing leaves the lease', () => {
    const key = newKey();
    leases.acquire(key, 'a', LONG, undefined, false);
    assert.equal(driver.replace(key, makeValue(1), makeValue(2), LONG), false);
    assert.equal(leases.store(key, 'a', makeValue(3), LONG), true);
  });
});

describe('a SQLite driver keeps the database small', () => {
  const sizeOf = (connection) => ({
    kept: connection.prepare('SELECT bytes FROM holdfast1_size').get().bytes,
    real: connection
      .prepare(
        'SELECT coalesce(sum(length(key) + length(value)), 0) AS bytes FROM holdfast1_values',
      )
      .get().bytes,
  });

  it('the values that were stored first are removed above the limit', () => {
    const { file, remove } = temporaryFile();
    const { driver, database } = openDriver(file, { maxBytes: 1_000 });
    const text = 'x'.repeat(77);
    for (let index = 10; index < 30; index++) driver.set(`${index}`, makeValue(index, text), 0);
    driver.set('20', makeValue('new', text), 0);
    driver.set('30', makeValue(30, text), 0);
    const kept = [...Array(21).keys()]
      .map((index) => `${index + 10}`)
      .filter((key) => driver.get(key));
    assert.deepEqual(kept, ['20', '22', '23', '24', '25', '26', '27', '28', '29', '30'].slice(-10));
    assert.deepEqual(sizeOf(database), { kept: 1_000, real: 1_000 });
    assert.equal(driver.leases.acquire('20', 'a', LONG, makeValue('new'), false), 0);
    const isStored = driver.leases.store('20', 'a', Buffer.alloc(1_000), 0);
    assert.equal(isStored, false);
    assert.equal(driver.get('20'), undefined);
    assert.deepEqual(sizeOf(database), { kept: 900, real: 900 });
    driver.set('40', Buffer.alloc(996), 0);
    assert.deepEqual(sizeOf(database), { kept: 1_000, real: 1_000 });
    driver.delete('40');
    assert.deepEqual(sizeOf(database), { kept: 0, real: 0 });
    database.close();
    remove();
  });

  it('writes remove what has expired', () => {
    for (let index = 0; index < 100; index++) {
      driver.set(newKey(), makeValue(index), LONG);
      leases.acquire(newKey(), 'a', LONG, undefined, false);
    }
    const long = newKey();
    driver.set(long, makeValue(1), 2 * LONG);
    pass(LONG);
    for (let index = 0; index < 32; index++) driver.set(long, makeValue(index), 2 * LONG);
    assert.ok(count('values') < 10, `${count('values')} values`);
    assert.equal(count('leases'), 0);
    assert.ok(driver.get(long));
    const { kept, real } = sizeOf(database);
    assert.equal(kept, real);
  });
});

describe('a SQLite driver sets up its connection', () => {
  const settingOf = (name) => Object.values(database.prepare(`PRAGMA ${name}`).get())[0];

  it('readers and a writer do not wait for each other, and a write waits for busyTimeout', () => {
    assert.equal(settingOf('journal_mode'), 'wal');
    assert.equal(settingOf('synchronous'), 1);
    assert.equal(settingOf('busy_timeout'), 2_001);
  });

  it('open can be called again', () => {
    const key = newKey();
    driver.set(key, makeValue(1), LONG);
    assert.equal(driver.open(), false);
    assert.ok(driver.get(key));
  });
});

describe('a SQLite driver survives faults', () => {
  it('values and leases are still there after the database was closed and opened again', () => {
    const { file, remove } = temporaryFile();
    const first = openDriver(file);
    first.driver.set('a', makeValue(1, 'kept'), LONG);
    first.driver.leases.acquire('b', 'token', LONG, undefined, false);
    first.database.close();
    const second = openDriver(file);
    assert.equal(textOf(second.driver.get('a')), 'kept');
    assert.equal(second.driver.leases.store('b', 'token', makeValue(2), LONG), true);
    second.database.close();
    remove();
  });

  it('an error leaves no transaction open', () => {
    const key = newKey();
    assert.throws(() => driver.set(key, Symbol('no bytes'), LONG));
    assert.throws(() => driver.set(key, { length: 5 }, LONG));
    driver.set(key, makeValue(1), LONG);
    assert.ok(driver.get(key));
  });

  it('a write gives up when another connection does not end its transaction', () => {
    const { file, remove } = temporaryFile();
    const { driver, database } = openDriver(file, { busyTimeout: 20 });
    const other = openDriver(file);
    other.driver.set('a', makeValue(1, 'old'), 0);
    other.database.exec('BEGIN IMMEDIATE');
    assert.throws(() => driver.set('a', makeValue(2), 0), /lock|busy/i);
    assert.throws(() => driver.leases.acquire('b', 'token', LONG, undefined, false), /lock|busy/i);
    assert.equal(textOf(driver.get('a')), 'old', 'reads go on');
    other.database.exec('COMMIT');
    driver.set('a', makeValue(3, 'new'), 0);
    assert.equal(textOf(other.driver.get('a')), 'new');
    database.close();
    other.database.close();
    remove();
  });

  describe('while another connection has a transaction', () => {
    /** Two connections, of which the other one locks the database. */
    function openTwo(t) {
      const { file, remove } = temporaryFile();
      const own = openDriver(file, { busyTimeout: 20 });
      const other = openDriver(file);
      other.driver.set('a', makeValue(1, 'old'), LONG);
      t.after(() => {
        own.database.close();
        other.database.close();
        remove();
      });
      return { ...own, lock: other.database };
    }

    const changes = {
      set: (driver) => driver.set('a', makeValue(2), LONG),
      replace: (driver) => driver.replace('a', makeValue(1), makeValue(2), LONG),
      delete: (driver) => driver.delete('a'),
      acquire: ({ leases }) => leases.acquire('b', 'token', LONG, undefined, false),
      renew: ({ leases }) => leases.renew('b', 'token', LONG),
      release: ({ leases }) => leases.release('b', 'token'),
      store: ({ leases }) => leases.store('b', 'token', makeValue(2), LONG),
      open: (driver) => driver.open(),
    };
    for (const [name, change] of Object.entries(changes)) {
      it(`${name} fails on a locked database, and the driver writes again once the transaction has ended`, (t) => {
        const { driver, lock } = openTwo(t);
        lock.exec('BEGIN IMMEDIATE');
        assert.throws(() => change(driver), /lock|busy/i);
        lock.exec('COMMIT');
        driver.set('c', makeValue(3, 'new'), LONG);
        assert.equal(textOf(driver.get('c')), 'new');
        driver.open();
        driver.set('c', makeValue(4, 'newer'), LONG);
        assert.equal(textOf(driver.get('c')), 'newer');
      });
    }

    it('only the first write waits for a locked database, until a write succeeds', (t) => {
      const { driver, database, lock } = openTwo(t);
      const busyTimeout = () => Object.values(database.prepare('PRAGMA busy_timeout').get())[0];
      lock.exec('BEGIN IMMEDIATE');
      for (let write = 0; write < 3; write++) {
        assert.throws(() => driver.set('a', makeValue(2), LONG), /lock|busy/i);
        assert.equal(busyTimeout(), 0);
      }
      lock.exec('COMMIT');
      driver.set('a', makeValue(3), LONG);
      assert.equal(busyTimeout(), 20);
    });

    it('only the first opening waits for a locked database, for busyTimeout if the tables are there', (t) => {
      const { driver, database, lock } = openTwo(t);
      const { exec } = database;
      const sent = [];
      database.exec = (sql) => {
        sent.push(sql);
        return exec.call(database, sql);
      };
      lock.exec('BEGIN IMMEDIATE');
      for (let opening = 0; opening < 3; opening++) {
        assert.throws(() => driver.open(), /lock|busy/i);
      }
      lock.exec('COMMIT');
      const timeouts = sent.filter((sql) => sql.includes('busy_timeout'));
      const waits = [20, 0, 0, 0].map((timeout) => `PRAGMA busy_timeout = ${timeout}`);
      assert.deepEqual(timeouts, waits);
    });
  });
});

describe('processes share a database', () => {
  const support = new URL('../support/', import.meta.url);

  /** Starts a process that runs a module, with `file`, `openDriver`, `partsOf` and `makeValue`. */
  function start(file, code) {
    const prelude = `
      import { openDriver, partsOf, makeValue } from '${new URL('sqlite-driver.js', support)}';
      const file = ${JSON.stringify(file)};`;
    return spawn(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', `${prelude}\n${code}`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
  }

  async function outputOf(child) {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    const [status] = await once(child, 'close');
    assert.equal(status, 0);
    return text;
  }

  it('no store is lost or doubled while four processes create the database and count', async () => {
    const { file, remove } = temporaryFile();
    const code = `
      const { driver } = openDriver(file, { busyTimeout: 20_000 });
      let stored = 0;
      for (let round = 0; stored < 50; round++) {
        const seen = driver.get('counter');
        const count = Number(partsOf(seen)?.text ?? 0);
        const next = makeValue(process.pid + '-' + round, String(count + 1));
        const stamp = seen && partsOf(seen).stamp;
        if (round % 2) {
          if (driver.replace('counter', stamp, next, 0)) stored++;
        } else if (driver.leases.acquire('counter', String(process.pid), 60_000, stamp, false) === 0) {
          if (driver.leases.store('counter', String(process.pid), next, 0)) stored++;
        }
      }
      console.log(stored);`;
    const outputs = await Promise.all([1, 2, 3, 4].map(() => outputOf(start(file, code))));
    const stored = outputs.reduce((sum, output) => sum + Number(output), 0);
    const { driver, database } = openDriver(file);
    assert.equal(stored, 200);
    assert.equal(textOf(driver.get('counter')), '200');
    database.close();
    remove();
  });

  it('after a process was killed in a transaction, others go on, and its lease ends', async () => {
    const { file, remove } = temporaryFile();
    const { driver, database } = openDriver(file);
    driver.set('a', makeValue(1, 'old'), 0);
    const child = start(
      file,
      `const { driver, database } = openDriver(file);
      console.log(driver.leases.acquire('b', 'of the child', 60_000, undefined, false));
      database.exec("BEGIN IMMEDIATE; DELETE FROM holdfast1_values");
      console.log('locked');
      setInterval(() => {}, 1_000);`,
    );
    let text = '';
    for await (const chunk of child.stdout) {
      text += chunk;
      if (text.includes('locked')) break;
    }
    assert.match(text, /^0\n/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(textOf(driver.get('a')), 'old', 'the transaction is rolled back');
    assert.notEqual(driver.leases.acquire('b', 'of the parent', LONG, undefined, false), 0);
    pass(60_000, database);
    assert.equal(driver.leases.acquire('b', 'of the parent', LONG, undefined, false), 0);
    assert.equal(driver.leases.store('b', 'of the child', makeValue(2), LONG), false);
    assert.equal(driver.leases.store('b', 'of the parent', makeValue(3), LONG), true);
    database.close();
    remove();
  });
});
