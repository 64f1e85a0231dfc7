// Fails if docs/api differs from what TypeDoc generates from the comments in js/, or if TypeDoc reports a problem.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCS = 'docs/api';
const TYPEDOC = fileURLToPath(new URL('../node_modules/typedoc/bin/typedoc', import.meta.url));

const out = mkdtempSync(join(tmpdir(), 'holdfast-docs-'));
try {
  const { status } = spawnSync(process.execPath, [TYPEDOC, '--out', out], { stdio: 'inherit' });
  if (status !== 0) fail('TypeDoc reported the problems above');
  else if (!haveSameFiles(out, DOCS)) fail(`${DOCS} is out of date; run: npm run docs`);
} finally {
  rmSync(out, { recursive: true });
}

function haveSameFiles(one, other) {
  const [names, otherNames] = [one, other].map((folder) => readdirSync(folder).sort());
  const contentOf = (folder, name) => readFileSync(join(folder, name), 'utf8');
  return (
    names.join() === otherNames.join() &&
    names.every((name) => contentOf(one, name) === contentOf(other, name))
  );
}

function fail(message) {
  console.error(`holdfast: ${message}`);
  process.exitCode = 1;
}
