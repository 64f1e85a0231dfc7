/** The current state of a promise: `{ state: 'pending' }` until it settles. */
export function outcomeOf(promise) {
  const outcome = { state: 'pending' };
  promise.then(
    (value) => Object.assign(outcome, { state: 'fulfilled', value }),
    (error) => Object.assign(outcome, { state: 'rejected', error }),
  );
  return outcome;
}
