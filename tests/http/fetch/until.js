/** Resolves once a condition holds that nothing tells of. */
export async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 1));
}
