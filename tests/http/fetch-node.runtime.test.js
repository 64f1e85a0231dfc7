import { testFetchIn } from '../support/fetch-suite.js';
import { runMain } from '../support/runtime.js';

testFetchIn('Node', () => runMain(process.execPath));
