import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { DOCS, guides, README } from '../support/pages.js';

/** A folder from which `holdfast` is the packed tarball. */
const FOLDER = fileURLToPath(new URL('..', import.meta.url));

/** Errors about what the reader supplies: names, and modules that are not installed, whose values are of type `any`. */
const SUPPLIED = new Set([2304, 2307, 7006, 7016, 7026, 7031]);

const OPTIONS = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: ['node'],
  jsx: ts.JsxEmit.Preserve,
};

/** The TypeScript snippets by the path that each has for the compiler. They are modules, next to those that they import. */
const snippets = new Map();
for (const page of ['README.md', ...guides]) {
  const url = page === 'README.md' ? README : new URL(page, DOCS);
  const found = readFileSync(url, 'utf8').matchAll(/^```tsx?\n(.*?)^```$/gms);
  for (const [index, [, code]] of [...found].entries()) {
    const name = `${page.replaceAll(/\W/g, '-')}-${index + 1}`;
    snippets.set(`${FOLDER}${name}.tsx`, {
      title: `TypeScript snippet ${index + 1} of ${page}`,
      code: `${code}\nexport {};\n`,
    });
  }
}

/** The errors of each snippet, apart from those about what the reader supplies. */
function compile() {
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  const codeOf = (path) => snippets.get(path)?.code;
  host.fileExists = (path) => snippets.has(path) || fileExists(path);
  host.readFile = (path) => codeOf(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) =>
    snippets.has(path)
      ? ts.createSourceFile(path, codeOf(path), ts.ScriptTarget.ES2022, true)
      : getSourceFile(path, ...rest);
  host.getCurrentDirectory = () => FOLDER;
  const program = ts.createProgram([...snippets.keys()], OPTIONS, host);
  return (path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ code, messageText }) => [code, ts.flattenDiagnosticMessageText(messageText, '\n')])
      .filter(([code, text]) => !SUPPLIED.has(code) || text.includes("module 'holdfast"))
      .map(([, text]) => text);
}

describe('the TypeScript snippets of the pages compile', () => {
  const errorsOf = compile();
  for (const [path, { title }] of snippets) {
    test(`${title} compiles, apart from the names that the reader supplies`, () => {
      assert.deepEqual(errorsOf(path), []);
    });
  }
});
