import type { Driver, Leases, Watcher } from '../driver.ts';
import { STAMP_LENGTH } from '../envelope.ts';
import type { Argument, Connector, Link, Tracking } from './link.ts';
import { OwnChanges } from './own-changes.ts';
import {
  ACQUIRE,
  DELETE,
  hashScripts,
  PUT,
  RELEASE,
  RENEW,
  REPLACE,
  type Script,
  STORE,
} from './scripts.ts';

/** The version of the layout of keys. */
const LAYOUT = ':1:';
/** Ends the key of a lease. */
const LEASE = '!';
/** What is read of a lease, and of a value. */
const WHOLE_LEASE = [LEASE, '0', '-1'] as const;
const STAMP = ['', '0', String(STAMP_LENGTH - 1)] as const;
/** The server did not know the hash of a script. */
const UNKNOWN: unique symbol = /* @__PURE__ */ Symbol('unknown');

/** Redis, Valkey, and servers that understand their commands. */
export class RedisDriver implements Driver {
  readonly name = 'redis';
  readonly leases: Leases;
  readonly #connector: Connector;
  readonly #tracking: Tracking;
  readonly #prefix: string;
  #link: Link | undefined;
  readonly #own = new OwnChanges();
  /** Shared by the reads that start in sequence. */
  #pushes: Promise<unknown> | undefined;
  /** Grows with each opening, and when it is given up. */
  #generation = 0;
  /** Ends what an opening has connected so far. */
  readonly #closers = new Set<() => void>();

  constructor(connector: Connector, prefix: string, tracking: Tracking) {
    this.#connector = connector;
    this.#prefix = prefix + LAYOUT;
    this.#tracking = tracking;
    this.leases = {
      acquire: (key, token, leaseMs, seen, takeOver) =>
        this.#acquire(key, token, leaseMs, seen, takeOver),
      renew: async (key, token, leaseMs) => {
        const args = [token, String(leaseMs)];
        const [has] = await this.#evalAndRead(RENEW, key, WHOLE_LEASE, '1', token, args);
        return Number(has) === 1;
      },
      release: async (key, token) => {
        await this.#eval(RELEASE, key, [token]);
      },
      store: (key, token, value, lifeMs) => this.#store(key, token, value, lifeMs),
    };
  }

  async open(watcher: Watcher): Promise<boolean | 'echoes'> {
    const generation = ++this.#generation;
    if (STORE.hash === undefined) await hashScripts();
    const isBroadcast = this.#tracking === 'broadcast';
    // Not NOLOOP: the server would not tell of keys that a command of this connection evicts.
    const options = isBroadcast ? ['BCAST', 'PREFIX', this.#prefix] : [];
    let link: Link;
    if (this.#tracking === 'off') link = await this.#connect(generation, watcher, undefined);
    else {
      try {
        link = await this.#connect(generation, watcher, options);
      } catch (error) {
        // Some managed servers refuse tracking. Without a connection, this fails as well.
        if (this.#tracking !== 'auto' || !/track|unknown|permission/i.test(String(error)))
          throw error;
        link = await this.#connect(generation, watcher, undefined);
      }
    }
    if (!link.isTracked) return false;
    // With pushes on the connection of the commands, their order tells which are of own changes.
    return isBroadcast || link.ping ? 'echoes' : true;
  }

  async #connect(
    generation: number,
    watcher: Watcher,
    options: readonly string[] | undefined,
  ): Promise<Link> {
    const abandoned = () => new Error('the opening was given up');
    if (generation !== this.#generation) throw abandoned();
    const start = this.#prefix.length;
    let link: Link | undefined;
    let failure: unknown;
    const events = {
      opening: (close: () => void) => {
        this.#closers.add(close);
      },
      pushed: (pushed: string | null) => {
        if (pushed === null) watcher.changed();
        else if (pushed.startsWith(this.#prefix) && !this.#own.recordPush(pushed)) {
          const isLease = pushed.endsWith(LEASE);
          const key = pushed.slice(start, isLease ? -LEASE.length : undefined);
          watcher.changed(key, isLease ? 'lease' : 'value');
        }
      },
      closed: (error: unknown) => {
        // An attempt that fails rejects, and may be followed by another one.
        failure ??= error ?? new Error('the connection has ended');
        if (link && link === this.#link) watcher.lost(error);
      },
    };
    link = await this.#connector.open(events, options);
    if (generation === this.#generation && failure === undefined) {
      this.#link = link;
      const isOrdered = link.isTracked && !link.ping && this.#tracking !== 'broadcast';
      this.#own.reset(isOrdered ? (key) => watcher.changed(key) : undefined);
      return link;
    }
    link.close();
    throw failure ?? abandoned();
  }

  close(): void {
    this.#generation++;
    this.#link?.close();
    this.#link = undefined;
    for (const close of this.#closers) close();
    this.#closers.clear();
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      const reply = this.#send('GET', this.#prefix + key);
      const pushes = this.#awaitPushes();
      const bytes = (await reply) as Uint8Array | null;
      if (pushes) await pushes;
      return bytes?.length ? bytes : undefined;
    } catch (error) {
      // Not a string: it was not stored by a tier.
      if (startsWith(error, 'WRONGTYPE')) return undefined;
      throw error;
    }
  }

  async set(key: string, value: Uint8Array, lifeMs: number): Promise<void> {
    await this.#evalAndRead(PUT, key, STAMP, '1', value, ['', value, String(lifeMs)]);
  }

  async replace(
    key: string,
    seen: Uint8Array | undefined,
    value: Uint8Array,
    lifeMs: number,
  ): Promise<boolean> {
    const args = [seen ?? '', value, String(lifeMs)];
    const [isReplaced] = await this.#evalAndRead(REPLACE, key, STAMP, '1', value, args);
    return Number(isReplaced) === 1;
  }

  async delete(key: string): Promise<Uint8Array | undefined> {
    const start = (await this.#eval(DELETE, key)) as Uint8Array;
    return start.length > 0 ? start : undefined;
  }

  async time(): Promise<number> {
    const [reply] = await Promise.all([this.#send('TIME'), this.#link?.ping?.()]);
    const [seconds, microseconds] = (reply as (string | Uint8Array)[]).map(toNumber);
    return (seconds as number) * 1_000 + (microseconds as number) / 1_000;
  }

  async #acquire(
    key: string,
    token: string,
    leaseMs: number,
    seen: Uint8Array | undefined,
    takeOver: boolean,
  ): Promise<Uint8Array | number> {
    const args = [token, String(leaseMs), seen ?? '', takeOver ? '1' : ''];
    const pushes = this.#awaitPushes();
    const [answer] = await this.#evalAndRead(ACQUIRE, key, WHOLE_LEASE, '0', token, args);
    if (pushes) await pushes;
    return answer instanceof Uint8Array ? answer : Number(answer);
  }

  async #store(key: string, token: string, value: Uint8Array, lifeMs: number): Promise<boolean> {
    const args = [token, value, String(lifeMs)];
    const [isStored, isOwn] = await this.#evalAndRead(STORE, key, STAMP, '1', value, args);
    return Number(isStored) === 1 && isOwn;
  }

  /**
   * Runs a script that writes, and reads what it has written: the server does not track what this connection writes before
   * that. Without tracking, nothing is read. Returns the answer, and whether what was read is what the script should have written.
   * @param success the answer of the script if it has written
   */
  async #evalAndRead(
    script: Script,
    key: string,
    [suffix, start, end]: readonly [suffix: string, start: string, end: string],
    success: string,
    written: Argument,
    args: readonly Argument[],
  ): Promise<[answer: unknown, isOwn: boolean]> {
    const name = this.#prefix + key;
    const read = () =>
      this.#link?.isTracked ? this.#send('GETRANGE', name + suffix, start, end) : undefined;
    const names = suffix === LEASE ? [name + LEASE] : [name, name + LEASE];
    const finish = this.#own.begin(key, names);
    let isOwn = false;
    try {
      // Pipelined.
      let [answer, bytes] = await Promise.all([this.#eval(script, key, args, false), read()]);
      if (answer === UNKNOWN) {
        answer = await this.#eval(script, key, args);
        bytes = await read();
      }
      isOwn =
        String(answer) === success &&
        (bytes === undefined || isPrefix(bytes as Uint8Array, written));
      return [answer, isOwn];
    } finally {
      finish(isOwn);
    }
  }

  /** A reply may overtake the push of an earlier change where the pushes have a connection of their own. */
  #awaitPushes(): Promise<unknown> | undefined {
    if (!this.#link?.ping) return undefined;
    if (!this.#pushes) {
      this.#pushes = this.#link.ping();
      this.#pushes.catch(() => {});
      queueMicrotask(() => {
        this.#pushes = undefined;
      });
    }
    return this.#pushes;
  }

  #send(...args: Argument[]): PromiseLike<unknown> {
    if (!this.#link) throw new Error('there is no connection');
    return this.#link.send(args);
  }

  /** @param repeats sends a script whose hash the server does not know again; otherwise returns {@link UNKNOWN} then */
  async #eval(
    script: Script,
    key: string,
    args: readonly Argument[] = [],
    repeats = true,
  ): Promise<unknown> {
    const name = this.#prefix + key;
    const rest = ['2', name, name + LEASE, ...args];
    try {
      return await this.#send('EVALSHA', script.hash as string, ...rest);
    } catch (error) {
      if (!startsWith(error, 'NOSCRIPT')) throw error;
      return repeats ? this.#send('EVAL', script.text, ...rest) : UNKNOWN;
    }
  }
}

/** Whether an error is a reply of the server with this code. */
function startsWith(error: unknown, code: string): boolean {
  return String((error as Error | undefined)?.message).startsWith(`${code} `);
}

function toNumber(text: string | Uint8Array): number {
  return Number(typeof text === 'string' ? text : new TextDecoder().decode(text));
}

/** Whether bytes that were read are the start of what was written, as far as both are compared. */
function isPrefix(bytes: Uint8Array, written: Argument): boolean {
  const expected = typeof written === 'string' ? new TextEncoder().encode(written) : written;
  return (
    bytes.length === Math.min(STAMP_LENGTH, expected.length) &&
    bytes.every((byte, index) => byte === expected[index])
  );
}
