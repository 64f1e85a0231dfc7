import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { IMPORTS } from '../packages.js';

export const title = 'bundle: the size of a bundle for Node, minified and gzipped';
export const unit = 'kB';
/** No bundle does the same with less. */
export const baseline = undefined;

export function cells() {
  return [{ format: 'esm' }];
}

export async function run() {
  const rows = new Map();
  for (const [name, imports] of Object.entries(IMPORTS)) {
    const size = await bundleSize(name, imports);
    rows.set(name, { median: size, low: size, high: size, rounds: 1 });
  }
  return { rows };
}

async function bundleSize(name, imports) {
  const { outputFiles } = await build({
    stdin: { contents: `export ${imports} from '${name}';`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'silent',
  });
  const [{ contents }] = outputFiles;
  return gzipSync(contents, { level: 9 }).length / 1_000;
}
