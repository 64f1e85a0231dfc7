import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulate, toHtml, toSvg, toText } from 'holdfast/tuning';
import { csvTrace, plainTrace, skewedKeys } from '../support/traces.js';

const keys = skewedKeys(5_000, 300);
const report = await simulate(csvTrace(keys), { key: 'url', time: 'at', size: 'bytes' });

describe('a report as text', () => {
  /** The lines from the top of the chart to the names of its curves. */
  function chartOf(text) {
    const lines = text.split('\n');
    const first = lines.findIndex((line) => / \|/.test(line));
    return lines.slice(first, lines.indexOf('', first));
  }

  it('no line of the chart is wider than the terminal, and each curve has its own letter', () => {
    for (const width of [40, 80, 200]) {
      const chart = chartOf(toText(report, { width }));
      for (const line of chart) assert.ok(line.length <= width, line);
      const legend = chart.slice(18).join(' ');
      const letters = report.policies.map(
        ({ policy }) => new RegExp(` (.) ${policy}(?: |$)`).exec(legend)[1],
      );
      assert.equal(new Set(letters).size, report.policies.length);
    }
  });

  it('no line is wider than a terminal of 80 characters', () => {
    const large = { ...report, sizes: report.sizes.map((size) => 1_000 * size) };
    for (const shown of [report, large]) {
      for (const line of toText(shown).split('\n')) assert.ok(line.length <= 80, line);
    }
  });

  it('the axis of a narrow range of sizes has labels', async () => {
    const narrow = await simulate(plainTrace(keys), { policies: ['fifo'], sizes: [123, 145] });
    assert.match(chartOf(toText(narrow)).join('\n'), /\n +123 +145\n/);
    assert.match(toSvg(narrow), />123<.*>145</s);
  });

  it('wrong reports and options are refused', () => {
    for (const write of [toText, toSvg, toHtml]) {
      for (const wrong of [undefined, {}, 'report']) {
        const expected = {
          name: 'TypeError',
          message: /^report must be a report of simulate, got/,
        };
        assert.throws(() => write(wrong), expected);
      }
    }
    const wrong = [
      [() => toText(report, { width: 39 }), /^width must be an integer >= 40/],
      [() => toText(report, { color: 'yes' }), /^color must be true or false, got 'yes'/],
      [() => toHtml(report, { titel: 'x' }), /^Unknown option titel; did you mean title\?$/],
      [() => toHtml(report, { title: 1 }), /^title must be a string, got 1$/],
    ];
    for (const [call, message] of wrong) assert.throws(call, { message });
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
    assert.match(toText(single), /3 requests for 1 key /);
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
