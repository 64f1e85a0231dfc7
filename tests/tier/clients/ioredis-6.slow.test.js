import { tierSuite } from '../../support/tier-suite.js';

tierSuite('ioredis 6', 'redis');
tierSuite('ioredis 6', 'valkey');
