// Makes CommonJS of a minified ES module. A bundler's own CommonJS reads each binding of another chunk as a property at
// each use, and its helpers fail where Object.prototype has properties.
import { parseAst } from 'rolldown/parseAst';

const MARK = 'Object.defineProperty(module.exports,"__esModule",{__proto__:null,value:!0});';

/**
 * Imports move to a line before the code, exports to the end. Spaces replace both, so that a source map fits with one more
 * line at its start.
 */
export function asCommonJs(code, map) {
  let required = '"use strict";';
  const exported = [];
  let text = '';
  let end = 0;
  for (const statement of parseAst(code).body) {
    const { type, source, specifiers, declaration, start } = statement;
    if (!/^(Import|Export)/.test(type)) continue;
    if (type === 'ImportDeclaration') {
      const names = specifiers.map(({ imported, local }) => `${imported.name}:${local.name}`);
      required += `const{${names}}=require("${source.value.replace(/\.js$/, '.cjs')}");`;
    } else if (type === 'ExportNamedDeclaration' && !source && !declaration) {
      exported.push(...specifiers.map(({ exported, local }) => `${exported.name}:${local.name}`));
    } else throw new Error(`as-common-js: ${type} is not supported`);
    text += code.slice(end, start) + code.slice(start, statement.end).replace(/./g, ' ');
    end = statement.end;
  }
  text += code.slice(end);
  const parsed = JSON.parse(map);
  return {
    code: `${required}\n${text.replace(/ +$/gm, '')}\nmodule.exports={${exported}};${MARK}`,
    map: JSON.stringify({ ...parsed, mappings: `;${parsed.mappings}` }),
  };
}
