import { connect, createServer } from 'node:net';

/**
 * A proxy on a free port. `cut` ends its connections; while `holds` is true, no byte passes, and none is refused. `delayMs` delays
 * the bytes of both directions. Each of `connections`, the oldest first, keeps the replies while `keeps` is true; `release` sends them.
 */
export async function startProxy(port) {
  const sockets = new Set();
  const proxy = { port: 0, holds: false, refuses: false, delayMs: 0, connections: [] };
  const server = createServer((inner) => {
    if (proxy.refuses) return inner.destroy();
    const outer = connect(port, '127.0.0.1');
    const kept = [];
    const connection = {
      keeps: false,
      kept,
      release() {
        connection.keeps = false;
        // At once, so that the client gets them together.
        inner.write(Buffer.concat(kept.splice(0)));
      },
    };
    proxy.connections.push(connection);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ]) {
      sockets.add(from);
      const send = (data) => {
        if (proxy.holds || to.destroyed) return;
        if (connection.keeps && to === inner) kept.push(data);
        else to.write(data);
      };
      from.on('data', (data) => {
        if (proxy.delayMs === 0) send(data);
        else setTimeout(send, proxy.delayMs, data);
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
