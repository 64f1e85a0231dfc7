import { tierSuite } from '../../support/tier-suite.js';

tierSuite('node-redis 5', 'redis');
tierSuite('node-redis 5', 'valkey');
