import * as vega from 'vega';
import { compile } from 'vega-lite';

const OWN = '#d1495b';
const OTHERS = '#5f7a8a';

/**
 * A picture of one scenario: a line for each contender, a point for each cell, at its ratio to the limit.
 * @param {{ name: string, own: boolean, ratio: number, cell: string }[]} points
 * @returns {Promise<string>} SVG
 */
export async function plot(title, limit, points) {
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: { text: title, anchor: 'start', fontSize: 13 },
    width: 560,
    height: { step: 22 },
    data: { values: points },
    layer: [
      {
        mark: { type: 'rule', color: '#999', strokeDash: [4, 3] },
        encoding: { x: { datum: 1 } },
      },
      {
        mark: { type: 'point', filled: true, size: 55, opacity: 0.65 },
        encoding: {
          x: {
            field: 'ratio',
            type: 'quantitative',
            scale: { type: 'log', nice: false, padding: 8 },
            axis: {
              title: `times ${limit} (log scale; to the left is quicker or less)`,
              format: '~g',
              tickCount: 6,
            },
          },
          y: {
            field: 'name',
            type: 'nominal',
            sort: { op: 'median', field: 'ratio', order: 'ascending' },
            axis: { title: null, labelLimit: 240, grid: true },
          },
          color: {
            field: 'own',
            type: 'nominal',
            legend: null,
            scale: { domain: [true, false], range: [OWN, OTHERS] },
          },
        },
      },
    ],
    config: { font: 'sans-serif', view: { stroke: null } },
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  return view.toSVG();
}
