import { testFetchIn } from '../support/fetch-suite.js';
import { programOf, runMain } from '../support/runtime.js';

testFetchIn('Bun', () => runMain(programOf('bun'), 'run'));
