import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { browsers } from '../browser.js';
import { assertConforms, run } from '../consumer.js';
import { nodeIn, nodePackage } from './node.js';

/** The suite in a server component, in a route at the edge, and in the page by a client component. */
const APP = {
  'app/layout.jsx': `export const metadata = { title: 'not done' };
export default ({ children }) => (
  <html lang="en">
    <body>{children}</body>
  </html>
);
`,
  'app/page.jsx': `import * as holdfast from 'holdfast';
import { conform } from '../conformance.js';
import Client from './client.jsx';
export const dynamic = 'force-dynamic';
export default async function Page() {
  return <Client server={await conform(holdfast)} />;
}
`,
  'app/client.jsx': `'use client';
import * as holdfast from 'holdfast';
import { useEffect } from 'react';
import { conform } from '../conformance.js';
export default function Client({ server }) {
  useEffect(() => {
    const start = async () => {
      const edge = await (await fetch('/edge')).json();
      const client = await conform(holdfast);
      document.body.textContent = JSON.stringify({ server, edge, client });
      document.title = 'done';
    };
    start();
  }, [server]);
  return null;
}
`,
  'app/edge/route.js': `import * as holdfast from 'holdfast';
import { conform } from '../../conformance.js';
export const runtime = 'edge';
export const GET = async () => Response.json(await conform(holdfast));
`,
};

const DEPENDENCIES = { next: '^16.0.0', react: '^19.0.0', 'react-dom': '^19.0.0' };

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export const nextRows = [
  {
    name: 'Next.js, a production build: server component, edge route, client component',
    async run(consumer) {
      const folder = await consumer.install({ ...DEPENDENCIES, ...nodePackage('24') }, APP);
      const next = ['node_modules/next/dist/bin/next'];
      const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
      await run(nodeIn(folder), [...next, 'build'], { cwd: folder, env });
      const port = await freePort();
      const args = [...next, 'start', '--hostname', '127.0.0.1', '--port', String(port)];
      const server = spawn(nodeIn(folder), args, { cwd: folder, env });
      try {
        await new Promise((resolve, reject) => {
          server.stdout.setEncoding('utf8').on('data', (text) => /Ready/.test(text) && resolve());
          server.once('exit', () => reject(new Error('The server ended')));
        });
        const results = JSON.parse(await browsers.Chromium(`http://127.0.0.1:${port}/`));
        for (const place of ['server', 'edge', 'client']) assertConforms(results[place]);
      } finally {
        server.kill('SIGKILL');
      }
    },
  },
];
