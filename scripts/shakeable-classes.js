// Lets bundlers drop unused classes that have a static block. Bundlers keep such a class, as the block may have side
// effects. A gzipped bundle of `ResultCache` alone is 2.7 kB smaller.
import { parseAst } from 'rolldown/parseAst';

/** Wraps each exported class that has a static block in a call that is marked as pure. */
export function shakeableClasses(code, exported) {
  let text = '';
  let end = 0;
  for (const { declarations } of parseAst(code).body) {
    const { id, init } = declarations?.[0] ?? {};
    if (!exported.includes(id?.name) || init?.type !== 'ClassExpression' || init.id) continue;
    if (!init.body.body.some(({ type }) => type === 'StaticBlock')) continue;
    const body = code.slice(init.start + 'class'.length, init.end);
    text += `${code.slice(end, init.start)}/* @__PURE__ */ (() => class ${id.name}${body})()`;
    end = init.end;
  }
  return text + code.slice(end);
}
