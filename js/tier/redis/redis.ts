import { wrongKind, wrongValue } from '../../options/messages.ts';
import { OptionReader } from '../../options/option-reader.ts';
import { isObject } from '../../platform/property.ts';
import { Tier } from '../tier-class.ts';
import { readPrefix, readTierSettings, TIER_FIELDS, type TierOptions } from '../tier-options.ts';
import { ioRedisConnector, isIoRedis } from './ioredis.ts';
import type { Argument, Connector, Sender, Tracking } from './link.ts';
import { isNodeRedis, nodeRedisConnector } from './node-redis.ts';
import { RedisDriver } from './redis-driver.ts';

export * from '../tier-exports.ts';

/** A client of Redis or Valkey: of node-redis 5 or 6, ioredis 5 or 6, or iovalkey. The tier makes connections like it. */
export interface RedisClient {
  /** Makes another client with the same options. */
  duplicate(...args: never[]): unknown;
}

/** Any other client, through a function. */
export interface RedisSender {
  /**
   * Sends a command: its name and its arguments, text or bytes, in one array. Resolves to the reply, with bulk strings as
   * `Uint8Array`.
   */
  send(args: (string | Uint8Array)[]): PromiseLike<unknown>;
}

/** The options of {@link redisTier}. */
export interface RedisTierOptions extends TierOptions {
  /**
   * A client, or `{ send }` for any other. The tier makes its own connections by `duplicate()`, so that the client need not be
   * connected. Pass `lazyConnect: true` to ioredis: its client connects at once otherwise, and keeps the process alive.
   */
  readonly client: RedisClient | RedisSender;
  /** The start of all keys, without braces. Default: `'holdfast'`. */
  readonly prefix?: string | undefined;
  /**
   * How the server tells of changes: `'keys'`, for keys that this process has read; `'broadcast'`, for all keys; `'off'`; or
   * `'auto'`, which is `'keys'`, and `'off'` where the server refuses it. Default: `'auto'`.
   */
  readonly tracking?: 'auto' | 'keys' | 'broadcast' | 'off' | undefined;
}

/**
 * A second tier in Redis or Valkey, for the option `cache.tier`. One for each process.
 *
 * @example
 * const tier = redisTier({ client: createClient({ url: 'redis://localhost' }) });
 * const getUser = resilient(loadUser, { name: 'getUser', cache: { ttl: '5m', tier } });
 *
 * @throws TypeError, RangeError
 */
export function redisTier(options: RedisTierOptions): Tier {
  if (isObject(options) && 'duplicate' in options) {
    throw wrongKind('options', 'an object with the client in it, such as { client }', options);
  }
  const fields = ['client redis connection url', 'prefix keyPrefix namespace', 'tracking'];
  const reader = new OptionReader(options, '', [...fields, ...TIER_FIELDS]);
  const connector = connectorFor(reader.readField('client'));
  const prefix = readPrefix(reader);
  if (/[{}]/.test(prefix)) throw wrongValue('prefix', 'a string without braces', prefix);
  const tracking = (reader.readField('tracking') ?? 'auto') as Tracking;
  if (!TRACKING.includes(tracking)) {
    const wrong = typeof tracking === 'string' ? wrongValue : wrongKind;
    throw wrong('tracking', `one of ${TRACKING.map((one) => `'${one}'`).join(', ')}`, tracking);
  }
  const driver = new RedisDriver(connector, prefix, tracking);
  return new Tier(driver, driver.leases, readTierSettings(reader));
}

const TRACKING = ['auto', 'keys', 'broadcast', 'off'];

function connectorFor(client: unknown): Connector {
  if (isObject(client)) {
    if (isNodeRedis(client)) return nodeRedisConnector(client);
    if (isIoRedis(client)) return ioRedisConnector(client);
    if (typeof (client as Sender).send === 'function' && !('duplicate' in client)) {
      return senderConnector(client as Sender);
    }
  }
  const accepted = 'a client of node-redis 5 or 6, ioredis 5 or 6 or iovalkey, or { send(args) }';
  throw wrongKind('client', accepted, client);
}

/** The user's own connection. It is not watched, and not closed. */
function senderConnector(sender: Sender): Connector {
  const send = (args: Argument[]) => sender.send(args);
  return { open: async () => ({ isTracked: false, send, close: () => {} }) };
}
