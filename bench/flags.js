/**
 * Splits a comma-separated flag and checks its names.
 * @param {string} value
 * @param {object} known an object with one property for each accepted name
 * @param {string} kind what the names are, for the error message
 * @throws Error for an unknown name
 */
export function namesIn(value, known, kind) {
  const names = value.split(',');
  for (const name of names) {
    if (!Object.hasOwn(known, name)) {
      throw new Error(`unknown ${kind} ${name}; known: ${Object.keys(known).join(', ')}`);
    }
  }
  return names;
}
