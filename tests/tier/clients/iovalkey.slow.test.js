import { tierSuite } from '../../support/tier-suite.js';

tierSuite('iovalkey', 'redis');
tierSuite('iovalkey', 'valkey');
