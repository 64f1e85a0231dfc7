/** Waits until a condition holds: for what another process or a server does. */
export async function until(condition, what = condition, milliseconds = 10_000) {
  const end = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
