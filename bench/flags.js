/**
 * The names in a flag's value.
 * @param {string} value with commas between them
 * @param {object} known has a property for each that may be there
 * @param {string} what they are
 * @throws for any other
 */
export function namesIn(value, known, what) {
  const names = value.split(',');
  for (const name of names) {
    if (!Object.hasOwn(known, name)) {
      throw new Error(`there is no ${what} ${name}, but ${Object.keys(known).join(', ')}`);
    }
  }
  return names;
}
