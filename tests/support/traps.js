import { importWatched } from './fresh-package.js';

/**
 * A copy of the package whose WebAssembly traps on demand. `arm(name, number, when)` makes
 * the call of that number to an export trap, 'before' or 'after' its work;
 * 'forever' makes every further call of any export of that instance trap.
 *
 * @param load imports the package, or a bundle of sources
 */
export async function importTrapping(load) {
  const armed = { name: undefined, left: 0, when: 'before' };
  const calls = new Map();
  const broken = new Set();
  const wrap = (exports) => {
    const trapping =
      (name) =>
      (...args) => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        const now = name === armed.name && --armed.left === 0;
        if (now) armed.name = undefined;
        if (now && armed.when === 'forever') broken.add(exports);
        if (broken.has(exports) || (now && armed.when === 'before')) {
          throw new WebAssembly.RuntimeError('trap');
        }
        const result = exports[name](...args);
        if (now) throw new WebAssembly.RuntimeError('trap');
        return result;
      };
    return Object.fromEntries(
      Object.entries(exports).map(([name, value]) => [
        name,
        typeof value === 'function' ? trapping(name) : value,
      ]),
    );
  };
  // Not restored: the instance that replaces a trapped one is watched as well.
  const { holdfast, instances } = await importWatched(wrap, load);
  calls.clear();
  const { exports } = instances[0];
  return {
    holdfast,
    instances,
    names: Object.keys(exports).filter((name) => typeof exports[name] === 'function'),
    calls,
    arm: (name, number, when) => Object.assign(armed, { name, left: number, when }),
    /** Whether the armed trap has sprung; removes all traps. */
    sprung: () => {
      const sprung = armed.name === undefined;
      armed.name = undefined;
      broken.clear();
      return sprung;
    },
  };
}
