import { type Connector, keyText, type Link, type LinkEvents, onlyOnce, toBuffer } from './link.ts';

/** A client of ioredis 5 or 6, or of iovalkey. */
type IoRedis = {
  readonly status: string;
  readonly isCluster?: boolean;
  duplicate(overrides: object): IoRedis;
  connect(): Promise<unknown>;
  callBuffer(command: string, ...args: readonly unknown[]): Promise<unknown>;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  disconnect(): void;
  readonly stream?: { unref?(): void; destroy?(): void };
};

export function isIoRedis(client: object): boolean {
  const { callBuffer, duplicate, status, isCluster } = client as IoRedis;
  return (
    !isCluster &&
    typeof callBuffer === 'function' &&
    typeof duplicate === 'function' &&
    typeof status === 'string'
  );
}

const CHANNEL = '__redis__:invalidate';

/** A connection for commands, and another one to which the server redirects the pushes. */
export function ioRedisConnector(client: object): Connector {
  return {
    async open(events, tracking) {
      const open: IoRedis[] = [];
      let isClosed = false;
      const connect = async () => {
        if (isClosed) throw new Error('the connection was closed');
        const own = duplicateOf(client as IoRedis, events);
        open.push(own);
        // Early: a server that accepts a connection and does not answer keeps no process alive.
        own.on('connect', () => own.stream?.unref?.());
        let reason: unknown;
        own.on('error', (error) => {
          reason ??= error;
        });
        await own.connect().catch((error: unknown) => {
          // The client rejects with "Connection is closed." whatever has happened.
          throw reason ?? error;
        });
        return own;
      };
      const close = () => {
        isClosed = true;
        for (const own of open) {
          own.disconnect();
          // disconnect() alone waits for pending replies.
          own.stream?.destroy?.();
        }
      };
      events.opening(close);
      try {
        const commands = await connect();
        const link: Link = {
          isTracked: tracking !== undefined,
          send: ([command, ...args]) =>
            commands.callBuffer(command as string, ...args.map(toBuffer)),
          close,
        };
        if (!tracking) return link;
        const pushes = await connect();
        const id = await pushes.callBuffer('CLIENT', 'ID');
        pushes.on('messageBuffer', (channel, keys) => {
          if (keyText(channel) !== CHANNEL) return;
          // `null`, or no array: all.
          const list = Array.isArray(keys) ? keys : [null];
          for (const key of list) events.pushed(key === null ? null : keyText(key));
        });
        // In lower case: the client knows the command by its name.
        await pushes.callBuffer('subscribe', CHANNEL);
        const redirect = ['REDIRECT', String(id)];
        await link.send(['CLIENT', 'TRACKING', 'ON', ...redirect, ...tracking]);
        return { ...link, ping: () => pushes.callBuffer('ping') };
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}

function duplicateOf(client: IoRedis, events: LinkEvents): IoRedis {
  const own = client.duplicate({
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    reconnectOnError: null,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    commandTimeout: undefined,
    keyPrefix: '',
    readOnly: false,
    // ioredis 6 does not expose RESP3 pushes.
    protocol: 2,
  });
  const end = onlyOnce(events.closed);
  own.on('error', end);
  own.on('end', () => end(new Error('the connection has ended')));
  own.on('close', () => end(new Error('the connection was closed')));
  return own;
}
