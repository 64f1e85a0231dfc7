// The entries of the package, its variants, and the fields of package.json that follow from both.

/**
 * The source of each entry: `index` is `holdfast`, and `x` is `holdfast/x`. A line here is all that a new entry needs;
 * `npm run build:js` updates package.json. Entries share chunks, so that each class exists once.
 */
export const ENTRIES = {
  index: 'js/index.ts',
  adaptive: 'js/adaptive/adaptive.ts',
  http: 'js/http-cache/http-cache.ts',
  snapshot: 'js/snapshot/snapshot.ts',
  tier: 'js/tier/tier.ts',
  redis: 'js/tier/redis/redis.ts',
  sqlite: 'js/tier/sqlite/sqlite.ts',
};

/**
 * The source of each entry that is a tool for development, with a WebAssembly module of its own: built once, for Node,
 * Deno, Bun and browsers, and without a chunk of the other entries.
 */
export const TOOLS = {
  tuning: 'js/tuning/index.ts',
};

/** The source of the program that `npx holdfast` runs. */
export const PROGRAM = 'js/cli/main.ts';

/**
 * A build of all entries for each way to run the core. `folder` is in `dist/`. `condition` selects the files in `imports`
 * of package.json.
 */
export const VARIANTS = [
  { folder: '.', condition: 'default', commonJs: true },
  { folder: 'js', condition: 'edge-light', commonJs: true },
  { folder: 'workerd', condition: 'workerd' },
];

/** The fields of package.json that name what the build writes. */
export function manifestFields(entries = Object.keys(ENTRIES), tools = Object.keys(TOOLS)) {
  const exports = {};
  const typesVersions = {};
  for (const entry of entries) {
    const types = `./dist/${entry}.d.ts`;
    const requiredTypes = `./dist/${entry}.d.cts`;
    const load = (folder) => ({
      import: { types, default: `./dist/${folder}${entry}.js` },
      require: { types: requiredTypes, default: `./dist/${folder}${entry}.cjs` },
    });
    const path = entry === 'index' ? '' : `/${entry}`;
    exports[`.${path}`] = {
      workerd: { types, default: `./dist/workerd/${entry}.js` },
      'edge-light': { types, default: `./dist/js/${entry}.js` },
      ...load(''),
    };
    exports[`./js${path}`] = load('js/');
    // TypeScript with `moduleResolution: node10` does not read `exports`.
    if (path) typesVersions[path.slice(1)] = [requiredTypes];
    typesVersions[`js${path}`] = [requiredTypes];
  }
  for (const tool of tools) {
    const requiredTypes = `./dist/${tool}.d.cts`;
    exports[`./${tool}`] = {
      import: { types: `./dist/${tool}.d.ts`, default: `./dist/${tool}.js` },
      require: { types: requiredTypes, default: `./dist/${tool}.cjs` },
    };
    typesVersions[tool] = [requiredTypes];
  }
  exports['./package.json'] = './package.json';
  return {
    bin: { holdfast: 'dist/cli.js' },
    main: './dist/index.cjs',
    module: './dist/index.js',
    types: './dist/index.d.cts',
    typesVersions: { '*': typesVersions },
    exports,
  };
}
