/** Runs cases one after the other; returns `{ name, error }` of each, `error` as text or `null`. */
export async function runCases(cases, holdfast) {
  const results = [];
  for (const [name, run] of Object.entries(cases)) {
    let error = null;
    try {
      await run(holdfast);
    } catch (thrown) {
      error = describe(thrown);
    }
    results.push({ name, error });
  }
  return results;
}

/** WebKit and Firefox leave the message out of the stack. */
function describe(thrown) {
  const stack = String(thrown?.stack ?? '');
  return stack.includes(thrown?.message) ? stack : `${thrown}\n${stack}`;
}
