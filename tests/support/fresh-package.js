const { Instance } = WebAssembly;
let copies = 0;

/** Loads a new copy of the package, like the first import in a process. */
export function importFresh() {
  return import(`${import.meta.resolve('holdfast')}?copy=${++copies}`);
}

/**
 * A copy of the package, as `holdfast`, and the WebAssembly instances that it makes. `restore` ends the watch.
 *
 * @param wrap gets the exports of an instance and its number, from 0; returns the exports for the package
 */
export async function importWatched(wrap = (exports) => exports) {
  const instances = [];
  WebAssembly.Instance = class {
    constructor(...args) {
      const instance = new Instance(...args);
      const number = instances.push(instance) - 1;
      this.exports = wrap(instance.exports, number);
    }
  };
  const restore = () => {
    WebAssembly.Instance = Instance;
  };
  try {
    const holdfast = await importFresh();
    // The first cache makes the first instance.
    new holdfast.ResultCache()[Symbol.dispose]();
    return { holdfast, instances, restore };
  } catch (error) {
    restore();
    throw error;
  }
}
