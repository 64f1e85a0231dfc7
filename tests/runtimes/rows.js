import { adaptiveRows } from './rows/adaptive.js';
import { browserRows } from './rows/browsers.js';
import { bundlerRows } from './rows/bundlers.js';
import { denoBunRows } from './rows/deno-bun.js';
import { edgeRows } from './rows/edge.js';
import { httpCachingRows } from './rows/http-caching.js';
import { nextRows } from './rows/nextjs.js';
import { nodeRows } from './rows/node.js';
import { redisRows } from './rows/redis.js';
import { sqliteRows } from './rows/sqlite.js';
import { testRunnerRows } from './rows/test-runners.js';
import { typeScriptRows } from './rows/typescript.js';
import { workerRows } from './rows/workerd.js';

/** Each row is `{ name, run(consumer) }`: `run` throws when the package does not work there. */
export const rows = [
  ...nodeRows,
  ...denoBunRows,
  ...sqliteRows,
  ...redisRows,
  ...workerRows,
  ...edgeRows,
  ...httpCachingRows,
  ...adaptiveRows,
  ...browserRows,
  ...bundlerRows,
  ...nextRows,
  ...testRunnerRows,
  ...typeScriptRows,
];
