// The files that the backend serves: files of the npm packages installed here.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const WANTED = /^(package\.json|readme\.md|.+\.d\.ts)$/i;
const MAX_BYTES = 64 * 1024;
const PER_PACKAGE = 6;

/** Maps the path of each file, relative to node_modules, to its content. */
export function findFiles() {
  const files = new Map();
  for (const folder of nodeModules()) {
    for (const name of packagesIn(folder)) {
      for (const path of filesOf(folder, name)) files.set(path, readFileSync(join(folder, path)));
    }
  }
  return files;
}

/** The node_modules folders of this file's folder, of the current folder, and of their parents. */
function nodeModules() {
  const found = new Set();
  for (const start of [dirname(fileURLToPath(import.meta.url)), process.cwd()]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const candidate = join(folder, 'node_modules');
      if (statSync(candidate, { throwIfNoEntry: false })?.isDirectory()) found.add(candidate);
      if (folder === dirname(folder)) break;
    }
  }
  return found;
}

function packagesIn(folder) {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return names.flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((sub) => `${name}/${sub}`) : name,
  );
}

function filesOf(folder, name) {
  return readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && WANTED.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .filter((path) => !path.includes('node_modules'))
    .filter((path) => statSync(join(folder, path)).size <= MAX_BYTES)
    .map((path) => path.replaceAll(sep, '/'))
    .sort()
    .slice(0, PER_PACKAGE);
}
