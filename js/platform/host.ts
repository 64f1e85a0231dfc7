/** What Node has and what is like it, as far as it is used here. */
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

/** `AsyncLocalStorage`. A type, as the build would shorten the names of an interface. */
export type AsyncContext = {
  run<T>(store: unknown, callback: () => T): T;
  getStore(): unknown;
};

/** The `process` of now. That of an edge runtime is there for its `env` alone: all else of it throws. */
export function hostProcess(): HostProcess | undefined {
  const { process, EdgeRuntime } = globalThis as {
    readonly process?: HostProcess;
    readonly EdgeRuntime?: string;
  };
  return EdgeRuntime === undefined ? process : undefined;
}

/** An async context of its own, where the runtime has them. */
export function asyncContext(): AsyncContext | undefined {
  const Context = hostProcess()?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage;
  return Context && new Context();
}

/** Emits a warning of this package, and returns true, where the runtime has such warnings. */
export function processWarning(message: string, detail?: string): boolean {
  const host = hostProcess();
  if (typeof host?.emitWarning !== 'function') return false;
  host.emitWarning(message, { type: 'HoldfastWarning', detail });
  return true;
}
