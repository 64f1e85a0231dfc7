import { testFetchIn } from '../support/fetch-suite.js';
import { programOf, runMain } from '../support/runtime.js';

testFetchIn('Deno', () => runMain(programOf('deno'), 'run', '--quiet', '--allow-all'));
