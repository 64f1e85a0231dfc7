import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const { Instance } = WebAssembly;

/** Loads a new copy of an entry, like the first import in a process. All its chunks are new, too. */
export function importFresh(entry = 'holdfast') {
  const index = fileURLToPath(import.meta.resolve(entry));
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-copy-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of readdirSync(dirname(index))) {
    if (name.endsWith('.js')) cpSync(join(dirname(index), name), join(folder, name));
  }
  return import(pathToFileURL(join(folder, basename(index))).href);
}

/**
 * A copy of the package, as `holdfast`, and the WebAssembly instances that it makes. `restore` ends the watch.
 *
 * @param wrap gets the exports of an instance and its number, from 0; returns the exports for the package
 * @param load imports the package, or a bundle of sources with `ResultCache`
 */
export async function importWatched(wrap = (exports) => exports, load = importFresh) {
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
    const holdfast = await load();
    // The first cache makes the first instance.
    new holdfast.ResultCache()[Symbol.dispose]();
    return { holdfast, instances, restore };
  } catch (error) {
    restore();
    throw error;
  }
}
