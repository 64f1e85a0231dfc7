import { tierSuite } from '../../support/tier-suite.js';

tierSuite('ioredis 5', 'redis');
tierSuite('ioredis 5', 'valkey');
