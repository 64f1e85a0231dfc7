import { readdirSync } from 'node:fs';

export const README = new URL('../../README.md', import.meta.url);
export const DOCS = new URL('../../docs/', import.meta.url);
/** The paths of the pages in docs. */
export const pages = readdirSync(DOCS, { recursive: true }).filter((name) => name.endsWith('.md'));

const WITHOUT_SNIPPETS = ['README.md', 'decisions.md', 'benchmarks.md', 'hits.md', 'api/README.md'];
/** The pages with snippets to run. */
export const guides = pages.filter((name) => !WITHOUT_SNIPPETS.includes(name));
