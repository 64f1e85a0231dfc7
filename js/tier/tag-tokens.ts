import { warn } from '../events/warn.ts';
import type { Connection } from './connection.ts';
import type { Awaitable, Driver } from './driver.ts';
import { readText, STAMP_LENGTH, writeText } from './envelope.ts';
import { newToken } from './value-name.ts';

/** The length of one token. */
const TOKEN_LENGTH = 16;
/** `hf1` and two tokens. */
const RECORD_LENGTH = 3 + 2 * TOKEN_LENGTH;
/** Records of tags are made again after this time, in milliseconds: 90 days. */
const LIFE_MS = 7_776_000_000;

/** What depends on a tag in this process. It must not hold its owner, which may be collected. */
export interface TagListener<Owner> {
  changed(owner: Owner): void;
  /** Whether anything has the tag. */
  isNeeded(owner: Owner): boolean;
}

type Reference<T extends object> = Pick<WeakRef<T>, 'deref'>;

/** The listeners of one key. */
interface KeyListeners {
  readonly byOwner: Map<Reference<object>, TagListener<object>>;
  /** The number at which those of collected owners are looked for. */
  pruneAt: number;
}

/** Runs an operation of the driver. */
export type Run = <T>(operation: () => Awaitable<T>) => Promise<T>;

interface Known {
  tokens: string | undefined;
  /** The read that is under way. */
  reading: Promise<string> | undefined;
  /** Whether the record has changed since that read started. */
  isOutdated: boolean;
  /** What runs that read. */
  readonly run: Run;
}

/**
 * The tokens of tags. A record in the store holds two for each tag: the first is another one after the tag was invalidated,
 * the second after it was expired. A value keeps those that it was made with. Where changes are heard of, tokens are kept.
 */
export class TagTokens {
  readonly #driver: Driver;
  readonly #connection: Connection;
  readonly #known = new Map<string, Known>();
  readonly #listeners = new Map<string, KeyListeners>();
  /**
   * The tokens of each key that were read last, or how they begin: what depends on them does not depend on older ones. Absent
   * while nothing can depend on the key.
   */
  readonly #last = new Map<string, string>();
  #pruneAt = 1_000;
  readonly #run: Run = (operation) => this.#connection.run(operation);

  constructor(driver: Driver, connection: Connection) {
    this.#driver = driver;
    this.#connection = connection;
  }

  /** Notes what to do for one function when the tag of a key has changed elsewhere. */
  listen<Owner extends object>(
    key: string,
    owner: Reference<Owner>,
    listener: TagListener<Owner>,
  ): void {
    let listeners = this.#listeners.get(key);
    if (!listeners) {
      if (this.#listeners.size >= this.#pruneAt) this.#prune();
      listeners = { byOwner: new Map(), pruneAt: 16 };
      this.#listeners.set(key, listeners);
    }
    const { byOwner } = listeners;
    byOwner.set(owner, listener as TagListener<object>);
    if (byOwner.size < listeners.pruneAt) return;
    for (const reference of byOwner.keys()) if (!reference.deref()) byOwner.delete(reference);
    listeners.pruneAt = 2 * byOwner.size + 16;
  }

  #prune(): void {
    for (const [key, { byOwner }] of this.#listeners) {
      const isNeeded = [...byOwner].some(([reference, listener]) => {
        const owner = reference.deref();
        return owner && listener.isNeeded(owner);
      });
      if (isNeeded) continue;
      this.#listeners.delete(key);
      this.#known.delete(key);
      this.#last.delete(key);
    }
    this.#pruneAt = 2 * this.#listeners.size + 1_000;
  }

  /** Whether a key of the store is that of a tag. */
  owns(key: string): boolean {
    return key.includes('#');
  }

  /**
   * The tokens of a key, which are made if there are none.
   * @param run runs an operation of the driver
   */
  read(key: string, run: Run = this.#run): string | Promise<string> {
    const known = this.#known.get(key);
    if (known?.tokens && this.#connection.watched) return known.tokens;
    const reading = known?.reading;
    if (reading && this.#connection.watched) {
      // A read by a put has no deadline of its own.
      return known.run === run ? reading : run(() => reading);
    }
    const entry: Known = { tokens: undefined, reading: undefined, isOutdated: false, run };
    this.#known.set(key, entry);
    entry.reading = this.#read(key, entry, run).finally(() => {
      entry.reading = undefined;
      if (!entry.tokens && this.#known.get(key) === entry) this.#known.delete(key);
    });
    return entry.reading;
  }

  async #read(key: string, entry: Known, run: Run): Promise<string> {
    const { epoch } = this.#connection;
    for (let attempt = 0; attempt < 5; attempt++) {
      entry.isOutdated = false;
      const bytes = await run(() => this.#driver.get(key));
      if (bytes?.length === RECORD_LENGTH) {
        const tokens = readText(bytes, 3, 2 * TOKEN_LENGTH);
        if (entry.isOutdated) continue;
        const { watched } = this.#connection;
        if (watched && epoch === this.#connection.epoch) entry.tokens = tokens;
        const last = this.#last.get(key);
        this.#last.set(key, tokens);
        if (watched && last !== undefined && !tokens.startsWith(last)) this.#notify(key);
        return tokens;
      }
      const record = encodeTokens(newToken(), newToken());
      // Other bytes are no record of a tag.
      const seen = bytes?.slice(0, STAMP_LENGTH);
      await run(() => this.#driver.replace(key, seen, record, LIFE_MS));
      // Read again: a tag that this process has written is not watched.
    }
    throw new Error('a tag changes all the time');
  }

  /** Gives a tag another second token, if it has any. */
  async expire(key: string): Promise<void> {
    const bytes = await this.#driver.get(key);
    if (!bytes || bytes.length !== RECORD_LENGTH) return;
    const second = expiryToken(this.#connection.earliestServerTime);
    const record = encodeTokens(readText(bytes, 3, TOKEN_LENGTH), second);
    await this.#driver.replace(key, bytes.subarray(0, STAMP_LENGTH), record, LIFE_MS);
  }

  /** Reads the tokens of a key again the next time. */
  forget(key: string): void {
    const known = this.#known.get(key);
    if (known) known.isOutdated = true;
    this.#known.delete(key);
  }

  /** The record of a key has changed; without a key, all may have. */
  changed(key: string | undefined): void {
    if (key !== undefined && this.#connection.watched === 'echoes') return void this.#verify(key);
    if (key !== undefined) this.changedHere(key);
    else {
      for (const one of [...this.#known.keys()]) this.forget(one);
      // What depends on them leaves for that reason alone, or is verified.
      this.#last.clear();
    }
  }

  /** This process has changed the record of a key: there is nothing to ask. */
  changedHere(key: string): void {
    this.forget(key);
    // Nothing depends on tokens that were never read: two processes may make the same record at a time.
    if (this.#last.delete(key)) this.#notify(key);
  }

  /** This process has changed the second token of a key: what depends on it is stale, and stays. */
  expiredHere(key: string): void {
    this.forget(key);
    const last = this.#last.get(key);
    if (last !== undefined) this.#last.set(key, last.slice(0, TOKEN_LENGTH));
  }

  /** Asks whether a change that was heard of is one of this process. */
  async #verify(key: string): Promise<void> {
    this.forget(key);
    if (!this.#last.has(key)) return;
    try {
      // Notifies if it finds other tokens.
      await this.read(key);
    } catch {
      // The store did not answer: treat it as changed.
      this.changedHere(key);
    }
  }

  #notify(key: string): void {
    for (const [reference, listener] of this.#listeners.get(key)?.byOwner ?? []) {
      const owner = reference.deref();
      try {
        if (owner) listener.changed(owner);
      } catch (error) {
        // The user's clock has failed. Other functions must hear of the change all the same.
        warn('A cache could not end the results of a tag', error);
      }
    }
  }
}

/** Begins the second token of a tag that was expired. Its time follows, in base 36. No other token begins so. */
const EXPIRED = '.';
const TIME_LENGTH = 9;

function expiryToken(time: number): string {
  const digits = Math.floor(time).toString(36).padStart(TIME_LENGTH, '0');
  return (EXPIRED + digits + newToken()).slice(0, TOKEN_LENGTH);
}

/**
 * The time at which a tag ended a value that was stored with these tokens, by the server's clock: `Infinity` if none has,
 * `-Infinity` if it was invalidated.
 */
export function endOf(stored: string, current: string): number {
  if (stored === current) return Infinity;
  if (stored.slice(0, TOKEN_LENGTH) !== current.slice(0, TOKEN_LENGTH)) return -Infinity;
  const second = current.slice(TOKEN_LENGTH);
  if (!second.startsWith(EXPIRED)) return -Infinity;
  return Number.parseInt(second.slice(1, 1 + TIME_LENGTH), 36);
}

function encodeTokens(first: string, second: string): Uint8Array {
  const bytes = new Uint8Array(RECORD_LENGTH);
  writeText(bytes, 0, `hf1${first}${second}`);
  return bytes;
}
