import { startChromium } from '../support/chromium.js';
import { testFetchIn } from '../support/fetch-suite.js';

testFetchIn('Chromium', async (t) => {
  const { page, close } = await startChromium();
  t.after(close);
  return async (base, report) => {
    const ended = new Promise((resolve, reject) => {
      page.on('pageerror', reject);
      page.on('error', reject);
      page.exposeFunction('reportEnd', resolve);
    });
    await page.exposeFunction('report', report);
    await page.goto(`${base}/fetch/page.html`);
    await ended;
  };
});
