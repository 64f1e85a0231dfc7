import * as vega from 'vega';
import { compile } from 'vega-lite';

const OWN = '#d1495b';
const OTHERS = '#5f7a8a';
const GRID = '#ddd';

const baselineRule = {
  mark: { type: 'rule', color: '#999', strokeDash: [4, 3], aria: false },
  encoding: { x: { datum: 1 } },
};

/** A logarithmic axis of ratios to the baseline. */
function ratioAxis(baseline) {
  return {
    type: 'quantitative',
    scale: { type: 'log', nice: false, padding: 8 },
    axis: {
      title: `multiples of ${baseline} (logarithmic; less is better)`,
      format: '~g',
      tickCount: 6,
      gridColor: GRID,
    },
  };
}

function contenderAxis(sort) {
  return {
    field: 'name',
    type: 'nominal',
    sort,
    axis: {
      title: null,
      labelLimit: 240,
      labelFontWeight: {
        condition: { test: "indexof(datum.value, 'holdfast') === 0", value: 'bold' },
        value: 'normal',
      },
      grid: true,
      gridColor: GRID,
    },
  };
}

/**
 * A chart of one scenario in one runtime: a row for each contender, a point for each cell.
 * @param {{ name: string, own: boolean, ratio: number }[]} points
 * @returns {Promise<string>} SVG
 */
export function plotCells(title, baseline, points) {
  return render({
    title: { text: title, anchor: 'start', fontSize: 13 },
    height: { step: 22 },
    data: { values: points },
    layer: [
      baselineRule,
      {
        mark: { type: 'point', filled: true, size: 55, opacity: 0.65, aria: false },
        encoding: {
          x: { field: 'ratio', ...ratioAxis(baseline) },
          y: contenderAxis({ op: 'median', field: 'ratio', order: 'ascending' }),
          color: {
            field: 'own',
            type: 'nominal',
            legend: null,
            scale: { domain: [true, false], range: [OWN, OTHERS] },
          },
        },
      },
    ],
  });
}

/**
 * A chart of one scenario in all runtimes: a row for each contender, in it a line for each runtime from the best cell
 * to the worst, with a point for the median cell.
 * @param {{ name: string, runtime: string, lowest: number, median: number, highest: number }[]} ranges
 * @returns {Promise<string>} SVG
 */
export function plotRanges(title, baseline, ranges) {
  const y = contenderAxis({ op: 'mean', field: 'median', order: 'ascending' });
  const runtimes = [...new Set(ranges.map(({ runtime }) => runtime))];
  const common = {
    y,
    yOffset: { field: 'runtime', type: 'nominal', sort: runtimes },
    color: {
      field: 'runtime',
      type: 'nominal',
      sort: runtimes,
      scale: { domain: runtimes, range: ['#2a9d8f', '#264653', '#8e6bbf', '#e76f51'] },
      legend: { title: null, orient: 'top' },
    },
  };
  return render({
    title: { text: title, anchor: 'start', fontSize: 13 },
    height: { step: 7 },
    data: { values: ranges },
    layer: [
      baselineRule,
      {
        mark: { type: 'rule', strokeWidth: 2, aria: false },
        encoding: {
          ...common,
          x: { field: 'lowest', ...ratioAxis(baseline) },
          x2: { field: 'highest' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 30, opacity: 1, aria: false },
        encoding: { ...common, x: { field: 'median', ...ratioAxis(baseline) } },
      },
    ],
  });
}

async function render(spec) {
  const whole = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    width: 560,
    config: { font: 'sans-serif', view: { stroke: null }, axis: { aria: false } },
    ...spec,
  };
  const view = new vega.View(vega.parse(compile(whole).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  // A tenth of a pixel is enough, and halves the size of the file.
  return svg.replace(/\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1))));
}
