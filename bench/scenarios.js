import * as churn from './scenarios/churn.js';
import * as get from './scenarios/get.js';
import * as makeKey from './scenarios/make-key.js';
import * as memory from './scenarios/memory.js';
import * as mixed from './scenarios/mixed.js';
import * as pipeline from './scenarios/pipeline.js';
import * as stampede from './scenarios/stampede.js';
import * as start from './scenarios/start.js';
import * as wrapped from './scenarios/wrapped.js';

/**
 * Each has a title, the unit of its numbers, the name of the row that is the limit, the cells to run (in a quick run,
 * fewer), and `run`, which does one cell and gives back its rows and what failed. One that has
 * `contenders` runs each of them by itself.
 */
export const SCENARIOS = {
  get,
  mixed,
  churn,
  wrapped,
  'make-key': makeKey,
  pipeline,
  stampede,
  memory,
  start,
};
