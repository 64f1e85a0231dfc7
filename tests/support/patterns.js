// The list of patterns in js/patterns/index.ts, which the package does not export.
import { fileURLToPath } from 'node:url';
import { bundleOf } from './bundle.js';

const { allPatterns } = await bundleOf(
  fileURLToPath(new URL('../../js/patterns/index.ts', import.meta.url)),
);

const all = allPatterns();
const nameOf = (field) => field.split(' ', 1)[0];

/**
 * The patterns with an option of their own, outermost first, each once: the names of the option and of its fields,
 * whether it waits, and the name of the class whose instances functions can share.
 */
export const patterns = all
  .filter(
    ({ option }, index) =>
      option !== 'http' &&
      option !== 'cache' &&
      all.findIndex((other) => other.option === option) === index,
  )
  .map(({ option, fields, waits = false, Shared }) => ({
    option,
    fields: fields.map(nameOf),
    waits,
    shared: Shared?.name,
  }));
