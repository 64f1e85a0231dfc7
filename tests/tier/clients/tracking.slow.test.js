import { tierSuite } from '../../support/tier-suite.js';

tierSuite('node-redis 6', 'redis', { tracking: 'broadcast' });
tierSuite('ioredis 5', 'valkey', { tracking: 'broadcast' });
tierSuite('node-redis 6', 'valkey', { tracking: 'off' });
