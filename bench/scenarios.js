import * as bundle from './scenarios/bundle.js';
import * as churn from './scenarios/churn.js';
import * as fetchHit from './scenarios/fetch-hit.js';
import * as get from './scenarios/get.js';
import * as makeKey from './scenarios/make-key.js';
import * as memory from './scenarios/memory.js';
import * as mixed from './scenarios/mixed.js';
import * as pipeline from './scenarios/pipeline.js';
import * as stampede from './scenarios/stampede.js';
import * as start from './scenarios/start.js';
import * as tier from './scenarios/tier.js';
import * as wrapped from './scenarios/wrapped.js';

/**
 * Each scenario exports:
 * - title, unit
 * - baseline: the row that ratios refer to, the least work that does the same; or several, of which each cell has one
 * - cells(quick): the combinations of parameters to run
 * - run(cell, timing, contender, flags): runs one cell; resolves to its rows, notes and failed contenders
 * - onlyIn, optional: the runtimes in which it runs
 * - contenders(cell), optional: the contenders that run in a process each
 */
export const SCENARIOS = {
  get,
  mixed,
  churn,
  wrapped,
  'fetch-hit': fetchHit,
  'make-key': makeKey,
  pipeline,
  stampede,
  memory,
  start,
  bundle,
  tier,
};
