import { describeError } from '../options/check.ts';
import { processWarning } from '../platform/host.ts';

/** Makes an error visible that has no caller to go to, without ending the process. */
export function warn(what: string, error: unknown): void {
  const { reportError } = globalThis as { readonly reportError?: (error: unknown) => void };
  const message = `${what}: ${describeError(error)}`;
  if (processWarning(message, stackOf(error))) return;
  if (typeof reportError === 'function') reportError(error);
  else console.error(message, error);
}

/** Where an error was made; `''` for what is no error, or does not tell. */
function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : '';
  } catch {
    return '';
  }
}
