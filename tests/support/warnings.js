import { turn } from './turn.js';

/** The messages of the warnings that this process emits while `action` runs. */
export async function warningsOf(action) {
  const warnings = [];
  const listen = ({ message }) => warnings.push(message);
  process.on('warning', listen);
  await action();
  await turn();
  process.off('warning', listen);
  return warnings;
}
