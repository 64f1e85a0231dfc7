import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulate, toHtml, toSvg, toText } from 'holdfast/tuning';
import { csvTrace, plainTrace, skewedKeys } from '../support/traces.js';

const keys = skewedKeys(5_000, 300);
const report = await simulate(csvTrace(keys), { key: 'url', time: 'at', size: 'bytes' });

describe('a report as text', () => {
  it('no line of the chart is wider than the terminal, except for the names at the right', () => {
    for (const width of [40, 80, 200]) {
      const chart = toText(report, { width })
        .split('\n')
        .filter((line) => / \|/.test(line));
      assert.equal(chart.length, 16);
      for (const line of chart) assert.ok(line.replace(/[a-z0-9]+$/, '').length <= width, line);
    }
  });

  it('colors are used only if they are asked for', () => {
    assert.ok(!toText(report).includes('\u001b'));
    assert.ok(toText(report, { color: true }).includes('\u001b[36m'));
  });

  it('a bad line cannot control the terminal', async () => {
    const text = `{"key":1}\n{"key":2}\n{\u001b[2Jx\u202e\n`;
    const shown = toText(await simulate(new Blob([text])));
    assert.match(shown, /the first is line 3, no JSON: \{\uFFFD\[2Jx\uFFFD/);
  });

  it('a trace with one key can be drawn', async () => {
    const single = await simulate(plainTrace(['a', 'a', 'a']));
    assert.match(toText(single), /3 requests for 1 keys/);
    assert.match(toSvg(single), /<svg/);
    assert.doesNotMatch(toSvg(single) + toHtml(single), /NaN|Infinity|undefined/);
  });
});

describe('a report as an image and a page', () => {
  it('the image has one curve per policy, with its name', () => {
    const svg = toSvg(report);
    assert.equal(svg.match(/<polyline /g).length, report.policies.length);
    for (const { policy } of report.policies) assert.ok(svg.includes(`>${policy}</text>`), policy);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
  });

  it('the page has the numbers of the report as data, and loads nothing', () => {
    const html = toHtml(report);
    const [, data] = /<script type="application\/json" id="report">(.*)<\/script>/.exec(html);
    assert.deepEqual(JSON.parse(data), report);
    assert.doesNotMatch(html, /(src|href)=|@import|url\(/);
  });

  it('texts of the trace are shown as text', async () => {
    const text = '{"key":1}\n{"key":2}\n{</script><img onerror=x>\n';
    const html = toHtml(await simulate(new Blob([text])), { title: '<b>&"' });
    assert.doesNotMatch(html, /<img|<b>/);
    assert.match(html, /<h1>&lt;b&gt;&amp;&quot;<\/h1>/);
  });
});
