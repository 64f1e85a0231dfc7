import { Options } from '../../options/check.ts';
import type { Report } from '../report.ts';
import { checkReport } from './check-report.ts';
import { asCount, asCountOf, asDuration, asEntries, asPercent, asPoints } from './numbers.ts';
import { escapeXml, toSvg } from './svg.ts';
import { printable } from './text.ts';

/** Options of {@link toHtml}. */
export interface HtmlOptions {
  /** The title of the page, such as the name of the trace. Default: `Cache simulation`. */
  readonly title?: string | undefined;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
svg{max-width:100%;height:auto}table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}
.best{font-weight:bold}.wide{overflow-x:auto}`;

/**
 * A report as one HTML page with the chart, the tables and the data: no scripts to run, nothing to load.
 *
 * @throws TypeError for a wrong report or option
 */
export function toHtml(report: Report, options?: HtmlOptions): string {
  checkReport(report);
  const name = new Options(options, '', ['title']).readString('title', 'Cache simulation');
  const title = escapeXml(printable(name));
  const { requests, uniqueKeys, format, seconds, badLines, firstBadLine } = report;
  const span = seconds === null ? '' : ` over ${asDuration(seconds)}`;
  const parts = [
    `<h1>${title}</h1>`,
    `<p>${asCountOf(requests, 'request')} for ${asCountOf(uniqueKeys, 'key')}${span}, format ${format}.</p>`,
  ];
  if (firstBadLine) {
    const { number, reason, text } = firstBadLine;
    parts.push(
      `<p>${asCountOf(badLines, 'bad line')}; the first is line ${number}, ${reason}: <code>${escapeXml(printable(text))}</code></p>`,
    );
  }
  parts.push(
    `<ul>${report.advice.map(({ text }) => `<li>${escapeXml(text)}</li>`).join('')}</ul>`,
    toSvg(report),
    `<h2>Hits per 100 requests</h2>${policyTable(report)}`,
  );
  if (report.ttl) parts.push(`<h2>What a ttl costs</h2>${ttlTable(report.ttl)}`);
  parts.push(...report.notes.map((note) => `<p>${escapeXml(note)}</p>`));
  // `<` would end the element.
  const data = JSON.stringify(report).replace(/</g, '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
${parts.join('\n')}
<script type="application/json" id="report">${data}</script>
</body>
</html>
`;
}

function policyTable({ policies, sizes }: Report): string {
  const rows = sizes.map((size) => {
    const ratios = policies.map(
      ({ policy, points }) =>
        [policy, points.find((point) => point.size === size)?.hitRatio] as const,
    );
    const real = ratios.filter(([policy]) => policy !== 'optimal').map(([, ratio]) => ratio ?? 0);
    const best = real.reduce((a, b) => Math.max(a, b), 0);
    return [
      `<th>${asCount(size)}</th>`,
      ...ratios.map(([policy, ratio]) => {
        if (ratio === undefined) return '<td></td>';
        const mark = policy !== 'optimal' && ratio === best && ratio > 0 ? ' class="best"' : '';
        return `<td${mark}>${(100 * ratio).toFixed(2)}</td>`;
      }),
    ];
  });
  const header = ['<th>entries</th>', ...policies.map(({ policy }) => `<th>${policy}</th>`)];
  return tableOf([header, ...rows]);
}

function ttlTable({ size, hitRatio, rows }: NonNullable<Report['ttl']>): string {
  const lines = rows.map((row) => [
    `<th>${asDuration(row.ttl)}</th>`,
    `<td>${asPercent(row.hitRatio)}</td>`,
    `<td>${asPoints(row.cost)}</td>`,
  ]);
  const caption = `<p>LRU with ${asEntries(size)} answers ${asPercent(hitRatio)} without a ttl.</p>`;
  return caption + tableOf([['<th>ttl</th>', '<th>hits</th>', '<th>cost</th>'], ...lines]);
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => `<tr>${cells.join('')}</tr>`);
  return `<div class="wide"><table>${lines.join('\n')}</table></div>`;
}
