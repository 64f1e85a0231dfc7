import puppeteer from 'puppeteer-core';
import { findChromium } from '../../scripts/find-chromium.js';

/** Starts Chromium without a window, and returns a page without an HTTP cache. */
export async function startChromium() {
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error('There is no Chromium on this machine: node scripts/require-chromium.js');
  }
  // The sandbox does not run as root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await puppeteer.launch({ executablePath, args, timeout: 60_000 });
  const page = await browser.newPage();
  await page.setCacheEnabled(false);
  return { page, close: () => browser.close() };
}
