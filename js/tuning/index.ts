export type { Advice } from './advice.ts';
export { type HtmlOptions, toHtml } from './output/html.ts';
export { toSvg } from './output/svg.ts';
export { type TextOptions, toText } from './output/text.ts';
export {
  type RecordableCache,
  type RecordableFunction,
  type RecordOptions,
  record,
} from './record.ts';
export type { BadLine, CurvePoint, PolicyCurve, Report, TtlCost, TtlCosts } from './report.ts';
export { simulate } from './simulate.ts';
export type { PolicyName, Progress, SimulateOptions, TraceFormat } from './simulate-options.ts';
export type { TraceSource } from './source.ts';
