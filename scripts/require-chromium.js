// Makes sure that there is a Chromium for the tests: where apt can be used, it is installed.
import { spawnSync } from 'node:child_process';
import { findChromium } from './find-chromium.js';

const APT = ['-qq', '-o=Dpkg::Use-Pty=0'];

function apt(...args) {
  console.log(`Adding Chromium for the tests: apt-get ${args.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // What it says is for people only when it fails.
  const { status, stderr } = spawnSync('apt-get', [...APT, ...args], { encoding: 'utf8', env });
  if (status !== 0 && stderr) console.error(stderr.trim());
  return status === 0;
}

const mayInstall = () =>
  process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
const install = () =>
  apt('update') && apt('install', '--yes', '--no-install-recommends', 'chromium');

if (!findChromium() && !(mayInstall() && install() && findChromium())) {
  console.error(
    'holdfast: Chromium is needed for the tests in a browser. Install it ' +
      '(Debian: apt-get install chromium), or set CHROMIUM to the path of its program',
  );
  process.exit(1);
}
