// Makes sure that Chromium is available for the tests; installs it with apt if possible.
import { spawnSync } from 'node:child_process';
import { findChromium } from './find-chromium.js';

const APT = ['-qq', '-o=Dpkg::Use-Pty=0'];

function apt(...args) {
  console.log(`Installing Chromium for the tests: apt-get ${args.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr } = spawnSync('apt-get', [...APT, ...args], { encoding: 'utf8', env });
  if (status !== 0 && stderr) console.error(stderr.trim());
  return status === 0;
}

const canInstall = () =>
  process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
const install = () =>
  apt('update') && apt('install', '--yes', '--no-install-recommends', 'chromium');

if (!findChromium() && !(canInstall() && install() && findChromium())) {
  console.error(
    'holdfast: the tests in a browser need Chromium. Install it ' +
      '(Debian: apt-get install chromium), or set CHROMIUM to the path of its program',
  );
  process.exit(1);
}
