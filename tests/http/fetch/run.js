import { pagesAt } from './pages.js';

/** Milliseconds after which a case fails. */
const PATIENCE = 60_000;

const unhandled = [];
globalThis.process?.on?.('unhandledRejection', (reason) => unhandled.push(reason));
if (!globalThis.process) {
  addEventListener('unhandledrejection', ({ reason }) => unhandled.push(reason));
}

/**
 * Runs one case, and cleans up afterwards.
 * @returns `{ name, error }`: `error` is a text, or undefined if the case passed
 */
export async function runCase({ name, run }, { holdfast, base }) {
  let timer;
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('It waits for what does not come')), PATIENCE);
  });
  const result = { name };
  try {
    await Promise.race([run({ holdfast, base }), tooLong]);
  } catch (error) {
    result.error = describe(error);
  }
  clearTimeout(timer);
  await pagesAt(base).end();
  // The unhandledrejection event comes after the microtasks of a turn.
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (const reason of unhandled.splice(0)) {
    result.error ??= `A rejection went unhandled: ${describe(reason)}`;
  }
  return result;
}

function describe(error) {
  const { stack, name, message } = error ?? {};
  if (stack?.includes(message)) return stack;
  return message === undefined ? String(error) : `${name}: ${message}\n${stack ?? ''}`;
}
