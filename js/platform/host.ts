/** The members of Node's `process` that are used here. Other runtimes may lack them. */
export interface HostProcess {
  readonly emitWarning?: (warning: string, options: object) => void;
  readonly getBuiltinModule?: (name: 'node:async_hooks') => AsyncHooks | undefined;
  readonly nextTick?: (callback: () => void) => void;
}

interface AsyncHooks {
  readonly AsyncLocalStorage?: {
    new (): AsyncContext;
    snapshot?: () => (run: () => void) => void;
  };
}

/** An `AsyncLocalStorage`. A type alias, as the build shortens the property names of interfaces. */
export type AsyncContext = {
  run<T>(store: unknown, callback: () => T): T;
  getStore(): unknown;
};

/** The current `process`; `undefined` in an edge runtime, whose `process` throws at any access but `env`. */
export function hostProcess(): HostProcess | undefined {
  const { process, EdgeRuntime } = globalThis as {
    readonly process?: HostProcess;
    readonly EdgeRuntime?: string;
  };
  return EdgeRuntime === undefined ? process : undefined;
}

/**
 * Whether a class of responses is Node's own undici. A class of a library, undici too, may read its state where no getter
 * sees it, as undici's `Cache` and the server of Hono do.
 */
export function isBuiltIn(Class: typeof Response): boolean {
  try {
    new Class(null, { status: 1 });
  } catch (error) {
    return /^.*\n.*node:internal/.test((error as Error).stack ?? '');
  }
  return false;
}

/** Whether this is a browser, in a page or a worker. jsdom is none. */
export function isBrowser(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return /^Mozilla\/(?!.*jsdom)/.test(navigator?.userAgent ?? '');
}

/** The class of async contexts; `undefined` if the runtime has none. */
export function asyncLocalStorage(): AsyncHooks['AsyncLocalStorage'] {
  return hostProcess()?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage;
}

/** A new async context; `undefined` if the runtime has none. */
export function asyncContext(): AsyncContext | undefined {
  const Context = asyncLocalStorage();
  return Context && new Context();
}

/** Emits a process warning. Returns `false` if the runtime has none. */
export function processWarning(message: string, detail?: string | undefined): boolean {
  const host = hostProcess();
  if (typeof host?.emitWarning !== 'function') return false;
  host.emitWarning(message, { type: 'HoldfastWarning', detail });
  return true;
}
