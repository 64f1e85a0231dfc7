import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { httpCache } from 'holdfast/http';
import { httpCaching } from '../runtimes/http-caching.js';
import '../support/unhandled-rejections.js';

describe('an HTTP cache in any runtime', () => {
  for (const [name, run] of Object.entries(httpCaching)) {
    it(name, () => run({ resilient, httpCache }));
  }
});
