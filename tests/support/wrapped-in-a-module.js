import { resilient } from 'holdfast';

/** An exported function, to be called through the namespace of its module or alone. */
export const double = resilient((x) => ({ doubled: 2 * x }), { cache: true });
