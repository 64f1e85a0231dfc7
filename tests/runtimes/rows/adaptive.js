import { adaptiveEviction } from '../adaptive.js';
import { entryRows } from './entry.js';

const suiteOf = (main, adaptive) => `import { ResultCache, resilient } from '${main}';
import { adaptive, advice } from '${adaptive}';
import { conformAdaptive } from './adaptive.js';
`;
const call = 'await conformAdaptive({ ResultCache, resilient, adaptive, advice })';
const programOf = (...addresses) => `${suiteOf(...addresses)}console.log(JSON.stringify(${call}));
`;
const files = {
  'adaptive.mjs': programOf('holdfast', 'holdfast/adaptive'),
  'adaptive-js.mjs': programOf('holdfast/js', 'holdfast/js/adaptive'),
  'adaptive.cjs': `const { ResultCache, resilient } = require('holdfast');
const { adaptive, advice } = require('holdfast/adaptive');
import('./adaptive.js')
  .then(({ conformAdaptive }) => conformAdaptive({ ResultCache, resilient, adaptive, advice }))
  .then((results) => console.log(JSON.stringify(results)));
`,
};

const { node, worker, chromium } = entryRows({
  title: 'Adaptive eviction',
  entry: 'adaptive',
  versions: ['20', '24'],
  cases: adaptiveEviction,
  suiteOf,
  call,
  files,
});

export const adaptiveRows = [...node, worker, chromium];
