import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { browsers, serve } from '../browser.js';
import { assertConforms, run } from '../consumer.js';

/** An application that runs the suite in a page. */
const APP = {
  'index.html': `<!doctype html>
<meta charset="utf-8">
<title>not done</title>
<body></body>
<script type="module" src="./app.js"></script>
`,
  'app.js': `import * as holdfast from 'holdfast';
import { conform } from './conformance.js';
conform(holdfast).then((results) => {
  document.body.textContent = JSON.stringify(results);
  document.title = 'done';
});
`,
};

/** The page for tools that only take scripts: it loads their output. */
const MADE = { 'made/index.html': APP['index.html'].replace('./app.js', '../out/app.js') };

/** Another application, which uses very little of the package. */
const SMALL = `import { ResultCache } from 'holdfast';
globalThis.value = new ResultCache().put('a', 1).get('a');
`;
/** Texts of the parts that the small application does not use. */
const UNUSED = [
  'maxAttempts',
  'failureThreshold',
  'maxConcurrent',
  'fallbackOn',
  'text/event-stream',
];

/** The dependencies of each tool, and a program that builds `out/` from `app.js` (or `index.html`) and `small/` from `small.js`. */
const TOOLS = {
  esbuild: {
    dependencies: { esbuild: '^0.28.2' },
    build: `import { build } from 'esbuild';
for (const [entry, outfile] of [['app.js', 'out/app.js'], ['small.js', 'small/small.js']]) {
  await build({ entryPoints: [entry], outfile, bundle: true, minify: true, format: 'esm' });
}`,
  },
  Rollup: {
    dependencies: {
      rollup: '^4.50.0',
      '@rollup/plugin-node-resolve': '^16.0.0',
      '@rollup/plugin-terser': '^1.0.0',
    },
    build: `import { rollup } from 'rollup';
import resolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
for (const [input, file] of [['app.js', 'out/app.js'], ['small.js', 'small/small.js']]) {
  const bundle = await rollup({ input, plugins: [resolve({ browser: true })] });
  await bundle.write({ file, format: 'es', plugins: [terser({ module: true })] });
}`,
  },
  Rolldown: {
    dependencies: { rolldown: '^1.0.0' },
    build: `import { rolldown } from 'rolldown';
for (const [input, file] of [['app.js', 'out/app.js'], ['small.js', 'small/small.js']]) {
  const bundle = await rolldown({ input, platform: 'browser' });
  await bundle.write({ file, format: 'es', minify: true });
}`,
  },
  webpack: {
    dependencies: { webpack: '^5.100.0' },
    build: `import { resolve } from 'node:path';
import webpack from 'webpack';
for (const [entry, folder] of [['app', 'out'], ['small', 'small']]) {
  const options = {
    mode: 'production',
    entry: './' + entry + '.js',
    output: { path: resolve(folder), filename: entry + '.js' },
  };
  await new Promise((done, fail) =>
    webpack(options, (error, stats) =>
      error || stats.hasErrors() ? fail(error ?? new Error(stats.toString())) : done(),
    ),
  );
}`,
  },
  Vite: {
    dependencies: { vite: '^8.0.0' },
    ownPage: true,
    build: `import { build } from 'vite';
await build({ logLevel: 'error', base: './', build: { outDir: 'out' } });
await build({
  logLevel: 'error',
  configFile: false,
  build: { outDir: 'small', rollupOptions: { input: 'small.js' } },
});`,
  },
  Parcel: {
    dependencies: { parcel: '^2.16.0' },
    ownPage: true,
    build: `import { execFileSync } from 'node:child_process';
const parcel = (...args) =>
  execFileSync(process.execPath, ['node_modules/parcel/lib/bin.js', 'build', ...args, '--no-cache']);
parcel('index.html', '--dist-dir', 'out', '--public-url', './');
parcel('small.js', '--dist-dir', 'small');`,
  },
};

/** All scripts in a folder, as one text. */
function scriptsIn(folder) {
  const names = readdirSync(folder, { recursive: true }).map(String);
  const scripts = names.filter((name) => /\.m?js$/.test(name));
  return scripts.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

async function openInChromium(base) {
  assertConforms(await browsers.Chromium(`${base}/`));
}

export const bundlerRows = [
  ...Object.entries(TOOLS).map(([name, { dependencies, build, ownPage }]) => ({
    name: `${name}, a production bundle`,
    async run(consumer) {
      const files = { ...APP, ...MADE, 'small.js': SMALL, 'build.mjs': build };
      const folder = await consumer.install(dependencies, files);
      await run(process.execPath, ['build.mjs'], { cwd: folder });
      const { base, close } = await serve(folder);
      try {
        await openInChromium(ownPage ? `${base}/out` : `${base}/made`);
      } finally {
        close();
      }
      const small = scriptsIn(join(folder, 'small'));
      const left = UNUSED.filter((word) => small.includes(word));
      if (left.length > 0) throw new Error(`ResultCache alone brings along ${left.join(', ')}`);
      const kilobytes = (text) => `${(gzipSync(text, { level: 9 }).length / 1_000).toFixed(1)} kB`;
      return `all of it with the suite ${kilobytes(scriptsIn(join(folder, 'out')))}, ResultCache alone ${kilobytes(small)}`;
    },
  })),
  {
    name: 'Vite, its development server',
    async run(consumer) {
      const folder = await consumer.install(TOOLS.Vite.dependencies, {
        ...APP,
        'serve.mjs': `import { createServer } from 'vite';
const server = await createServer({ logLevel: 'error', server: { port: 0, host: '127.0.0.1' } });
await server.listen();
process.send(server.httpServer.address().port);
process.on('disconnect', () => process.exit());
`,
      });
      const child = fork(join(folder, 'serve.mjs'), {
        cwd: folder,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      try {
        const port = await new Promise((resolve, reject) => {
          child.once('message', resolve);
          child.once('exit', () => reject(new Error('The server ended')));
        });
        await openInChromium(`http://127.0.0.1:${port}`);
      } finally {
        child.kill();
      }
    },
  },
];
