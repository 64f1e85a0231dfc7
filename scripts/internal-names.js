// Finds the properties that nobody but the package itself knows, so that the build may give them short names.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const require = createRequire(import.meta.url);

/** What tells of the platforms' own properties. */
const PLATFORM = [
  ...filesOf(dirname(require.resolve('typescript')), /lib\..*\.d\.ts$/),
  ...filesOf(dirname(require.resolve('@types/node/package.json')), /\.d\.ts$/),
];

/**
 * The names of members of the interfaces and classes in a folder that occur neither in the public types, nor in those
 * of a platform, nor as a text. What only object literals have is left out, and so is what is told of a platform in
 * place (`as { unrefTimer?: ... }`).
 * @param {string} sources the folder
 * @param {string} publicTypes the text of the types that users get
 * @param {string[]} foreign further files whose names are not ours to choose
 * @returns {string[]}
 */
export function internalNames(sources, publicTypes, foreign) {
  const names = new Set();
  const taken = new Set(Object.getOwnPropertyNames(Object.prototype));
  const take = (node) => {
    const isLocal = ts.isParameter(node) || ts.isTypeParameterDeclaration(node);
    if (node.name && !isLocal) taken.add(node.name.text);
  };
  for (const path of filesOf(sources, /\.ts$/)) {
    visit(parse(path), (node) => {
      if (isMember(node)) names.add(node.name.text);
      if (ts.isStringLiteralLike(node)) taken.add(node.text);
    });
  }
  for (const path of [...PLATFORM, ...foreign]) visit(parse(path), take);
  visit(ts.createSourceFile('public.d.ts', publicTypes, ts.ScriptTarget.Latest), take);
  return [...names].filter((name) => !taken.has(name)).sort();
}

/** A member with a plain name of a class or an interface, and not of a type that has no name. */
function isMember(node) {
  const isOne = ts.isTypeElement(node) || ts.isClassElement(node);
  if (!isOne || !node.name || !ts.isIdentifier(node.name)) return false;
  return ts.isInterfaceDeclaration(node.parent) || ts.isClassLike(node.parent);
}

function parse(path) {
  const text = readFileSync(path, 'utf8');
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function filesOf(folder, filter) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => filter.test(name))
    .map((name) => join(folder, name));
}

function visit(node, callback) {
  callback(node);
  ts.forEachChild(node, (child) => visit(child, callback));
}
