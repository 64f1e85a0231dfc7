import { resilient } from 'holdfast';

/** As an exported function: called through its module's namespace, or alone. */
export const double = resilient((x) => ({ doubled: 2 * x }), { cache: true });
