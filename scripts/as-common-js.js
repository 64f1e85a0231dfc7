// Makes CommonJS of an ES module that a bundler wrote. A bundler's own CommonJS reads each binding of another chunk as a
// property at each use, and its helpers fail where Object.prototype has properties.
import { parseAst } from 'rolldown/parseAst';

/** Variables of each CommonJS file, which a module must not declare. */
const COMMON_JS = ['module', 'exports', 'require'];
const MARK =
  'Object.defineProperty(module.exports, "__esModule", { __proto__: null, value: true });';

/** Each statement stays in its line, so that source maps still fit. */
export function asCommonJs(code) {
  const names = (specifiers, from, to) =>
    specifiers.map((specifier) => `${specifier[from].name}: ${specifier[to].name}`).join(', ');
  let text = '"use strict";';
  let end = 0;
  for (const statement of parseAst(code).body) {
    const { type, source, specifiers, start } = statement;
    let replacement;
    if (type === 'ImportDeclaration') {
      const required = `require("${source.value.replace(/\.js$/, '.cjs')}");`;
      replacement = specifiers.length
        ? `const { ${names(specifiers, 'imported', 'local')} } = ${required}`
        : required;
    } else if (type === 'ExportNamedDeclaration' && !source && !statement.declaration) {
      replacement = `module.exports = { ${names(specifiers, 'exported', 'local')} };${MARK}`;
    } else if (/^(Import|Export)/.test(type)) {
      throw new Error(
        `as-common-js: ${type} is not supported: ${code.slice(start, statement.end)}`,
      );
    } else {
      const { id } = statement.declarations?.[0] ?? statement;
      if (COMMON_JS.includes(id?.name)) throw new Error(`as-common-js: ${id.name} is declared`);
      continue;
    }
    text += code.slice(end, start) + replacement;
    end = statement.end;
  }
  return text + code.slice(end);
}
