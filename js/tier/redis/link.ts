import { hostProcess } from '../../platform/host.ts';

/** An argument of a command. */
export type Argument = string | Uint8Array;

/** Commands to a server: the name and the arguments in one array. Replies have bulk strings as bytes. */
export interface Sender {
  send(args: Argument[]): PromiseLike<unknown>;
}

/** What happens on a connection. */
export interface LinkEvents {
  /** There is something to close, before the connection is complete. */
  opening(close: () => void): void;
  /** A tracked key has changed; `null`: all may have. */
  pushed(key: string | null): void;
  closed(error: unknown): void;
}

/** How a client learns of changes. */
export type Tracking = 'auto' | 'keys' | 'broadcast' | 'off';

/** A connection of the tier's own. */
export interface Link extends Sender {
  /** Whether changes are pushed. */
  readonly isTracked: boolean;
  /**
   * Checks the connection of the pushes, if no command goes there. Resolves once all pushes have arrived that the server had
   * sent before.
   */
  ping?(): Promise<unknown>;
  /** Ends the connection at once. */
  close(): void;
}

/** Opens connections like those of a user's client. */
export interface Connector {
  open(events: LinkEvents, tracking: readonly string[] | undefined): Promise<Link>;
}

interface BufferClass {
  from(buffer: ArrayBufferLike, start: number, length: number): Uint8Array;
}

/** The `Buffer` of the runtime. In Deno it is no global. */
export function bufferClass(): BufferClass {
  const { Buffer } = globalThis as { Buffer?: BufferClass };
  if (Buffer) return Buffer;
  const load = hostProcess()?.getBuiltinModule as (name: string) => unknown;
  const module = load('node:buffer') as { Buffer: BufferClass };
  return module.Buffer;
}

/** Clients take bytes only as a `Buffer`. */
export function toBuffer(argument: Argument): Argument {
  if (typeof argument === 'string') return argument;
  const { buffer, byteOffset, byteLength } = argument;
  return bufferClass().from(buffer, byteOffset, byteLength);
}

/** A key, in the text or bytes that a client gives. */
export function keyText(key: unknown): string {
  return typeof key === 'string' ? key : new TextDecoder().decode(key as Uint8Array);
}

/** Reports the end of a client, which may dispatch several events of it, once. */
export function onlyOnce(closed: LinkEvents['closed']): LinkEvents['closed'] {
  let hasEnded = false;
  return (error) => {
    if (!hasEnded) closed(error);
    hasEnded = true;
  };
}
