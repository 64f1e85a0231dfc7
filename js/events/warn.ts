import { describeError } from '../options/check.ts';
import { processWarning } from '../platform/host.ts';

/** Reports an error that has no caller to be thrown to, without ending the process. */
export function warn(context: string, error: unknown): void {
  const { reportError } = globalThis as { readonly reportError?: (error: unknown) => void };
  const message = `${context}: ${describeError(error)}`;
  if (processWarning(message, stackOf(error))) return;
  if (typeof reportError === 'function') reportError(error);
  else console.error(message, error);
}

/** The stack trace of an error; `undefined` for any other value, and where it cannot be read. */
function stackOf(error: unknown): string | undefined {
  try {
    return error instanceof Error ? String(error.stack) : undefined;
  } catch {
    return undefined;
  }
}
