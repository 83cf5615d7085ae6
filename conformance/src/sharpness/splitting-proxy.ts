import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { RunningServer } from '../reference/serve-reference.js';

/** Sizes of pieces in turn: none of them that of a frame, the smallest cuts frame headers in two. */
const PIECES_BYTES = [5, 700, 13, 4099, 1, 16_411];

/** The same server behind something that cuts its bytes into other pieces; it stops with it. */
export async function splitting(server: RunningServer): Promise<RunningServer> {
  const target = Number(server.address.split(':').at(-1));
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => cut(bytes, to));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => open.delete(from));
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stop() {
      for (const socket of open) socket.destroy();
      proxy.close();
      server.stop();
    },
  };
}

function cut(bytes: Buffer, to: Socket): void {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = PIECES_BYTES[turn % PIECES_BYTES.length] ?? 1;
    to.write(bytes.subarray(at, at + size));
    at += size;
  }
}
