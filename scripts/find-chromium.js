import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome.exe',
];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** The program of a Chromium on this machine, if there is one. `CHROMIUM` in the environment comes first. */
export function findChromium() {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const folders = PATH.split(delimiter);
  const programs = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...programs, MAC].find((program) => existsSync(program));
}
