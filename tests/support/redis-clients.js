/** Makes a client that is not connected: the tier connects duplicates. By the names of the packages for development. */
export const CLIENTS = {
  'node-redis 5': async (url) => (await import('redis-5')).createClient({ url }),
  'node-redis 6': async (url) => (await import('redis')).createClient({ url }),
  'ioredis 5': async (url) => new (await import('ioredis')).Redis(url, { lazyConnect: true }),
  'ioredis 6': async (url) => new (await import('ioredis-6')).Redis(url, { lazyConnect: true }),
  iovalkey: async (url) => new (await import('iovalkey')).Redis(url, { lazyConnect: true }),
  /** Any other client, through a function: its replies have bulk strings as bytes. */
  send: async (url) => {
    const client = (await import('redis')).createClient({ url, RESP: 2 });
    client.on('error', () => {});
    const toBuffer = (part) => (typeof part === 'string' ? part : Buffer.from(part));
    const send = async (args) => {
      if (!client.isOpen) await client.connect();
      client.unref();
      return client.sendCommand(args.map(toBuffer), { typeMapping: { 36: Buffer } });
    };
    return { send, close: () => client.isOpen && client.destroy() };
  },
};
