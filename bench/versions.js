import { readFileSync } from 'node:fs';

const MANIFEST = new URL('../package.json', import.meta.url);

/** The compared packages, installed as development dependencies. */
const PEERS = [
  '@isaacs/ttlcache',
  'async-cache-dedupe',
  'bentocache',
  'cacheable',
  'cockatiel',
  'effect',
  'lru-cache',
  'lru.min',
  'memoize',
  'mnemonist',
  'object-hash',
  'opossum',
  'p-memoize',
  'quick-lru',
  'safe-stable-stringify',
  'tiny-lru',
];

/** The installed versions: this package first, mitata, which takes the times, last. */
export function versions() {
  const versionOf = (file) => JSON.parse(readFileSync(file, 'utf8')).version;
  const installed = (name) => versionOf(new URL(`node_modules/${name}/package.json`, MANIFEST));
  return Object.fromEntries([
    ['holdfast', versionOf(MANIFEST)],
    ...[...PEERS, 'mitata'].map((name) => [name, installed(name)]),
  ]);
}
