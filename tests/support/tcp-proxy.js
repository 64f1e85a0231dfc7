import { connect, createServer } from 'node:net';

/** A proxy on a free port. `cut` ends its connections; while `holds` is true, no byte passes, and none is refused. */
export async function startProxy(port) {
  const sockets = new Set();
  const proxy = { port: 0, holds: false, refuses: false };
  const server = createServer((inner) => {
    if (proxy.refuses) return inner.destroy();
    const outer = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ]) {
      sockets.add(from);
      from.on('data', (data) => {
        if (!proxy.holds) to.write(data);
      });
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.port = server.address().port;
  proxy.cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  proxy.stop = () => {
    proxy.cut();
    return new Promise((resolve) => server.close(resolve));
  };
  return proxy;
}
