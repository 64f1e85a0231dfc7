import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const TESTS = new URL('../', import.meta.url);
const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: ['node'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  // JavaScript gives its parameters no types.
  noImplicitAny: false,
  skipLibCheck: true,
};

/** The TypeScript errors of these texts, in the strictest mode that JavaScript allows. */
export function compile(codes) {
  const files = new Map(
    codes.map((code, index) => [fileURLToPath(new URL(`snippet-${index + 1}.ts`, TESTS)), code]),
  );
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) =>
    files.has(path)
      ? ts.createSourceFile(path, files.get(path), ...rest)
      : getSourceFile(path, ...rest);
  const program = ts.createProgram([...files.keys()], OPTIONS, host);
  const format = {
    getCanonicalFileName: String,
    getCurrentDirectory: () => '',
    getNewLine: () => '\n',
  };
  return ts.getPreEmitDiagnostics(program).map((found) => ts.formatDiagnostic(found, format));
}
