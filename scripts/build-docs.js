// Writes docs/api/ from the comments in js/; with --check, fails unless that is what stands there already. Either way
// it fails when something that users see has no comment, or a link leads nowhere.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application, ReflectionCategory, ReflectionKind } from 'typedoc';

const DOCS = 'docs/api';

/** The headings, and the folders of js/ whose exports stand under each. */
const HEADINGS = {
  'Wrapping a function': ['.'],
  Policies: ['policy'],
  Patterns: ['patterns', 'options'],
  Cache: ['cache', 'time'],
  Events: ['events'],
  Errors: ['errors'],
};

/** Types that signatures work with, and that nobody has to name. */
const HELPERS = [
  'CheckedFallback',
  'CheckedFields',
  'IfGiven',
  'Nested',
  'Overridden',
  'OverridesFor',
  'PolicyMembers',
  'Primitive',
  'ResultCallback',
  'SharedCache',
  'Signature',
  'TakesContext',
  'WithPromise',
  'WithoutContext',
];

const INTRODUCTION = `Everything that holdfast exports. \`npm run docs\` writes this page from the comments in the
source; [the other pages](../README.md) say how the parts work together, and show them at work.`;

async function generate(out) {
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: ['js/index.ts'],
    tsconfig: 'tsconfig.json',
    // The types are tsc's to check; the comments can be read before the core is built.
    skipErrorChecking: true,
    excludeExternals: true,
    sort: ['source-order'],
    intentionallyNotExported: HELPERS,
    validation: { notExported: true, invalidLink: true, notDocumented: true },
    requiredToBeDocumented: [
      'Variable',
      'Function',
      'Class',
      'Interface',
      'TypeAlias',
      'Enum',
      'EnumMember',
      'Constructor',
      'Method',
      'Accessor',
      'Property',
    ],
    logLevel: 'Warn',
    out,
    name: 'API',
    readme: 'none',
    router: 'module',
    // Nothing that changes from one machine or commit to the next.
    disableSources: true,
    hidePageHeader: true,
    // The anchors that hosts make of headings depend on the headings before.
    useHTMLAnchors: true,
    anchorPrefix: 'api-',
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    propertyMembersFormat: 'table',
    enumMembersFormat: 'table',
    tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true },
  });
  const project = await app.convert();
  if (!project) return false;
  project.categories = categoriesOf(project);
  for (const reflection of Object.values(project.reflections)) delete reflection.overwrites;
  app.validate(project);
  for (const overload of undocumentedOverloads(project)) {
    app.logger.validationWarning(`An overload of ${overload.getFullName()} has no comment`);
  }
  await app.generateOutputs(project);
  const page = join(out, 'README.md');
  writeFileSync(page, withContents(readFileSync(page, 'utf8')));
  return !app.logger.hasErrors() && !app.logger.hasWarnings();
}

/** What the validation lets pass, where another overload has a comment. */
function undocumentedOverloads(project) {
  return project
    .getReflectionsByKind(ReflectionKind.CallSignature | ReflectionKind.ConstructorSignature)
    .filter(({ parent }) => parent.signatures?.length > 1)
    .filter((signature) => !signature.hasComment());
}

function categoriesOf(project) {
  const folderOf = (child) => {
    const { packagePath } = project.getSymbolIdFromReflection(child);
    return /^js\/([^/]+)\//.exec(packagePath)?.[1] ?? '.';
  };
  const left = new Set(project.children);
  const categories = Object.entries(HEADINGS).map(([title, folders]) => {
    const category = new ReflectionCategory(title);
    category.children = folders.flatMap((folder) =>
      [...left].filter((child) => folderOf(child) === folder),
    );
    for (const child of category.children) left.delete(child);
    return category;
  });
  if (left.size > 0) {
    throw new Error(`no heading for ${[...left].map((child) => child.name).join(', ')}`);
  }
  return categories;
}

/** A page with a list of what is under each heading in front. */
function withContents(page) {
  const lines = [];
  for (const [, title, anchor, name] of page.matchAll(
    /^## (.*)$|^<a id="(.*)"><\/a>\n\n### (.*)$/gm,
  )) {
    if (title) lines.push(`\n- **${title}**: `);
    else lines.push(lines.at(-1).endsWith(': ') ? '' : ', ', `[${name}](#${anchor})`);
  }
  return page.replace(/^# .*\n/, (heading) => `${heading}\n${INTRODUCTION}\n${lines.join('')}\n`);
}

/** Whether two folders hold the same files. */
function same(one, other) {
  const [names, others] = [one, other].map((folder) => readdirSync(folder).sort());
  const contentOf = (folder, name) => readFileSync(join(folder, name), 'utf8');
  return (
    names.join() === others.join() &&
    names.every((name) => contentOf(one, name) === contentOf(other, name))
  );
}

function fail(message) {
  console.error(`holdfast: ${message}`);
  process.exitCode = 1;
}

const check = process.argv.includes('--check');
const out = check ? mkdtempSync(join(tmpdir(), 'holdfast-docs-')) : DOCS;
try {
  if (!(await generate(out))) fail(`the comments in js/ are not complete, so neither is ${DOCS}`);
  else if (check && !same(out, DOCS)) fail(`${DOCS} is not what js/ says: npm run docs`);
} finally {
  if (check) rmSync(out, { recursive: true });
}
