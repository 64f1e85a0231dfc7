import { tierSuite } from '../../support/tier-suite.js';

tierSuite('send', 'redis');
tierSuite('send', 'valkey');
