import { programOf } from '../../support/runtime.js';
import { assertConforms, run } from '../consumer.js';

export const denoBunRows = [
  {
    name: 'Deno, from node_modules',
    async run(consumer) {
      const folder = await consumer.install();
      const args = ['run', '--quiet', '--node-modules-dir=manual', 'suite.mjs'];
      assertConforms(await run(programOf('deno'), args, { cwd: folder }));
    },
  },
  {
    name: 'Deno, by an npm: specifier',
    async run(consumer) {
      const suite = `import * as holdfast from 'npm:holdfast@*';
import { conform } from './conformance.js';
console.log(JSON.stringify(await conform(holdfast)));
`;
      const folder = await consumer.install({}, { 'by-specifier.mjs': suite });
      const args = ['run', '--quiet', '--node-modules-dir=manual', 'by-specifier.mjs'];
      assertConforms(await run(programOf('deno'), args, { cwd: folder }));
    },
  },
  {
    name: 'Bun',
    async run(consumer) {
      const folder = await consumer.install();
      for (const suite of ['suite.mjs', 'suite.cjs']) {
        assertConforms(await run(programOf('bun'), [suite], { cwd: folder }));
      }
    },
  },
];
