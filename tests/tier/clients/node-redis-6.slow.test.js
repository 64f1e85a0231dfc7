import { tierSuite } from '../../support/tier-suite.js';

tierSuite('node-redis 6', 'redis');
tierSuite('node-redis 6', 'valkey');
