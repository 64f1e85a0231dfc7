// A bundler keeps a class with a static block even where nothing uses it: the block may do anything.
import { parseAst } from 'rollup/parseAst';

/**
 * A bundle whose exported classes with static blocks are made by calls that are marked as free of side effects. Without
 * these calls, a bundle of `ResultCache` alone has the errors and the shared classes of all patterns.
 */
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
