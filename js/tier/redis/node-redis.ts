import { isObject, readProperty } from '../../platform/property.ts';
import {
  bufferClass,
  type Connector,
  keyText,
  type Link,
  type LinkEvents,
  onlyOnce,
  toBuffer,
} from './link.ts';

/** A client of node-redis 5 or 6. Type aliases describe foreign objects, as the build shortens the names of interfaces. */
type NodeRedis = {
  readonly isReady: boolean;
  readonly options?: { readonly socket?: object };
  duplicate(overrides: object): NodeRedis;
  connect(): Promise<unknown>;
  sendCommand(args: readonly unknown[], options: object): Promise<unknown>;
  on(event: string, listener: (argument: unknown) => void): unknown;
  destroy(): void;
  unref?(): void;
};

export function isNodeRedis(client: object): boolean {
  return (
    typeof (client as NodeRedis).sendCommand === 'function' &&
    typeof (client as NodeRedis).duplicate === 'function' &&
    typeof (client as NodeRedis).destroy === 'function' &&
    // The clients of clusters and of sentinels have these.
    !('masters' in client || 'getMasterNode' in client) &&
    'isReady' in client
  );
}

/** The code of a bulk string in the protocol. */
const BULK_STRING = 36;

/** One connection for commands and pushes, so that both have one order. */
export function nodeRedisConnector(client: object): Connector {
  // The tier limits the time itself: an abort signal for each command takes longer than the rest.
  const options = { typeMapping: { [BULK_STRING]: bufferClass() }, timeout: undefined };
  return {
    async open(events, tracking) {
      const own = openDuplicate(client as NodeRedis, events, tracking !== undefined);
      const close = () => {
        try {
          own.destroy();
        } catch {
          // It is not open.
        }
      };
      events.opening(close);
      // Early: a server that accepts a connection and does not answer keeps no process alive.
      own.unref?.();
      try {
        await own.connect();
        const link: Link = {
          isTracked: tracking !== undefined,
          send: (args) => own.sendCommand(args.map(toBuffer), options),
          close,
        };
        if (tracking) {
          // The client has turned it on, without options.
          await link.send(['CLIENT', 'TRACKING', 'OFF']);
          await link.send(['CLIENT', 'TRACKING', 'ON', ...tracking]);
        }
        return link;
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}

function openDuplicate(client: NodeRedis, events: LinkEvents, isTracked: boolean): NodeRedis {
  const socket = isObject(client.options) ? readProperty(client.options, 'socket') : undefined;
  const own = client.duplicate({
    ...(isTracked && { RESP: 3, emitInvalidate: true }),
    clientSideCache: undefined,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    commandsQueueMaxLength: undefined,
    keyPrefix: undefined,
    pingInterval: 0,
    readonly: false,
    // The tier opens another connection.
    socket: { ...(socket as object), reconnectStrategy: false },
  });
  const end = onlyOnce(events.closed);
  own.on('error', end);
  own.on('end', () => end(new Error('the connection has ended')));
  own.on('invalidate', (key) => events.pushed(key === null ? null : keyText(key)));
  return own;
}
