import makeBindings from './generated/tuning.js';
import bytes from './generated/tuning.wasm';

let compiled: WebAssembly.Module | undefined;

/**
 * The functions of a new instance of the module, which is compiled once. An instance has a memory of its own, which never
 * shrinks: with one instance for each simulation it is freed, and a failure cannot affect other simulations.
 *
 * @param onTrap is called if the instance fails in a way that settles no Promise, such as without memory
 */
export function newInstance(
  onTrap: (error: unknown) => void,
): Pick<ReturnType<typeof makeBindings>, 'simulate'> {
  const bindings = makeBindings((task) =>
    queueMicrotask(() => {
      try {
        task();
      } catch (error) {
        onTrap(error);
      }
    }),
  );
  compiled ??= new WebAssembly.Module(bytes());
  bindings.initSync({ module: compiled });
  return bindings;
}
