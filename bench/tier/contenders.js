// Packages that cache in two tiers, with the defaults of their documentation. Each entry takes the address of a server, a
// function of one number, the number of entries in the first tier, and options for a tier of holdfast. It resolves to `{ call(id), close() }`.

const TTL_MS = 300_000;
/** For no limit that matters. */
const MANY = 10_000;

export const TIERED = {
  holdfast: async (...args) => {
    const { createClient } = await import('redis');
    return withHoldfast((url) => createClient({ url }), ...args);
  },
  'holdfast, ioredis': async (...args) => {
    const { Redis } = await import('ioredis');
    return withHoldfast((url) => new Redis(url, { lazyConnect: true }), ...args);
  },
  // With ioredis, and its bus, which removes copies in other processes.
  bentocache: async (url, load, size = MANY) => {
    const { BentoCache, bentostore } = await import('bentocache');
    const { memoryDriver } = await import('bentocache/drivers/memory');
    const { redisBusDriver, redisDriver } = await import('bentocache/drivers/redis');
    const { hostname: host, port } = new URL(url);
    const connection = { host, port: Number(port) };
    const store = bentostore()
      .useL1Layer(memoryDriver({ maxItems: size }))
      .useL2Layer(redisDriver({ connection }))
      .useBus(redisBusDriver({ connection }));
    const logger = silentLogger();
    const cache = new BentoCache({
      default: 'tiered',
      ttl: TTL_MS,
      stores: { tiered: store },
      logger,
    });
    return {
      call: (id) => cache.getOrSet({ key: `load:${id}`, factory: () => load(id) }),
      close: () => cache.disconnectAll(),
    };
  },
  // With node-redis.
  cacheable: async (url, load, size = MANY) => {
    const { Cacheable, createKeyv } = await import('cacheable');
    const { default: KeyvRedis } = await import('@keyv/redis');
    const primary = createKeyv({ lruSize: size });
    const cache = new Cacheable({ primary, secondary: new KeyvRedis(url), ttl: TTL_MS });
    cache.on('error', () => {});
    return {
      call: (id) => cache.getOrSet(`load:${id}`, () => load(id)),
      close: () => cache.disconnect(),
    };
  },
};

/** One for each package. */
export const TWO_TIERS = ['holdfast', 'bentocache', 'cacheable'];

async function withHoldfast(connect, url, load, size = MANY, options = {}) {
  const { resilient } = await import('holdfast');
  const { redisTier } = await import('holdfast/redis');
  const tier = redisTier({ client: connect(url), ...options });
  const get = resilient(load, {
    name: 'load',
    cache: { ttl: TTL_MS / 1_000, maxSize: size, tier },
  });
  return {
    // Not `get` itself: `this` would be this object.
    call: (id) => get(id),
    close: () => tier[Symbol.asyncDispose](),
    health: () => tier.health(),
  };
}

function silentLogger() {
  const logger = { child: () => logger };
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    logger[level] = () => {};
  return logger;
}

/**
 * Makes contenders one after another. Those that fail are left out.
 * @param make resolves to one, from its name
 */
export async function makeAll(names, make) {
  const made = {};
  const failed = {};
  for (const name of names) {
    try {
      made[name] = await make(name);
    } catch (error) {
      failed[name] = error.message;
    }
  }
  return { made, failed };
}
