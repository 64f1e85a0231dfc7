import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, extname, join, normalize } from 'node:path';
import puppeteer from 'puppeteer-core';
import { findChromium } from '../../scripts/find-chromium.js';
import { NotRun, run } from './consumer.js';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
};
/** Milliseconds after which a page fails. */
const PATIENCE = 120_000;

/** Serves a folder with `headers` in every response. Returns the address and a function that closes the server. */
export async function serve(folder, headers = {}) {
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const file = join(
      folder,
      normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname),
    );
    if (!existsSync(file)) return response.writeHead(404).end();
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, ...headers }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => server.close().closeAllConnections();
  return { base: `http://127.0.0.1:${server.address().port}`, close };
}

/** A page reports by its title that it is done, and its results by the text of its body. */
const isDone = () => document.title === 'done';
const text = () => document.body.textContent;

function puppeteerBrowser(browser, findProgram, debianPackage) {
  return async (url) => {
    const executablePath = await findOrAdd(findProgram, debianPackage);
    const args = browser === 'chrome' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const program = await puppeteer.launch({ browser, executablePath, args, timeout: PATIENCE });
    try {
      const page = await program.newPage();
      const errors = [];
      page.on('pageerror', (error) => errors.push(error));
      await page.goto(url);
      await page.waitForFunction(isDone, { timeout: PATIENCE, polling: 200 }).catch((error) => {
        throw errors[0] ?? error;
      });
      return await page.evaluate(text);
    } finally {
      await program.close();
    }
  };
}

let screens = 0;

/** WebKit has its own WebDriver, and needs a screen. */
async function inWebKit(url) {
  const driver = await findOrAdd(() => onPath('WebKitWebDriver'), 'webkit2gtk-driver');
  const xvfb = await findOrAdd(() => onPath('Xvfb'), 'xvfb');
  const { Builder, Capabilities } = createRequire(import.meta.url)('selenium-webdriver');
  // One for each browser that runs at the same time.
  const display = `:${90 + ((process.pid + screens++) % 900)}`;
  const home = mkdtempSync(join(tmpdir(), 'holdfast-webkit-'));
  const env = {
    ...process.env,
    DISPLAY: display,
    HOME: home,
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  };
  const port = await freePort();
  const screen = spawn(xvfb, [display, '-screen', '0', '800x600x24', '-nolisten', 'tcp'], {
    stdio: 'ignore',
  });
  const server = spawn(driver, [`--port=${port}`, '--host=127.0.0.1'], { stdio: 'ignore', env });
  let session;
  try {
    const capabilities = new Capabilities({ browserName: 'MiniBrowser' });
    const builder = new Builder()
      .usingServer(`http://127.0.0.1:${port}`)
      .withCapabilities(capabilities);
    session = await retried(() => builder.build());
    await session.get(url);
    await session.wait(() => session.executeScript(isDone), PATIENCE);
    return await session.executeScript(text);
  } finally {
    await session?.quit().catch(() => {});
    server.kill('SIGKILL');
    screen.kill('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  }
}

/** Each function opens a page and resolves to the text of its body once it is done. @throws NotRun without the browser */
export const browsers = {
  Chromium: puppeteerBrowser('chrome', findChromium, 'chromium'),
  Firefox: puppeteerBrowser(
    'firefox',
    () => onPath('firefox-esr') ?? onPath('firefox'),
    'firefox-esr',
  ),
  WebKit: inWebKit,
};

function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** The last installation: apt refuses to run twice at a time. */
let installed = Promise.resolve();

async function findOrAdd(find, debianPackage) {
  installed = installed.then(() => find() ?? add(debianPackage));
  await installed;
  const found = find();
  if (!found) throw new NotRun(`there is no ${debianPackage} on this machine`);
  return found;
}

async function add(debianPackage) {
  const mayInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  if (!mayInstall) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-qq', 'update'], { env }).catch(() => {});
  const args = ['-qq', 'install', '--yes', '--no-install-recommends', debianPackage];
  await run('apt-get', args, { env }).catch(() => {});
}

/** A port that is free at this moment. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The driver takes a moment to listen. */
async function retried(start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
