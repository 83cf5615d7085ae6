import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { firstSeen } from '../targets/first-seen.js';

/** A callback as it came. */
export interface Callback {
  readonly path: string;
  readonly method: string;
  readonly body: string;
}

/** Where callbacks go, on loopback. */
export class CallbackReceiver {
  /** In the order in which they came. */
  readonly seen: Callback[] = [];
  readonly #watchers = new Set<() => void>();
  #server: Server | undefined;
  #port = 0;

  /** @param port default a free one */
  async start(port = 0): Promise<this> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => void parts.push(part));
      request.on('end', () => {
        this.seen.push({
          path: request.url ?? '',
          method: request.method ?? '',
          body: Buffer.concat(parts).toString('utf8'),
        });
        for (const look of this.#watchers) look();
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve());
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  url(path = ''): string {
    return `http://127.0.0.1:${this.#port}${path}`;
  }

  waitFor(path: string, withinMs: number): Promise<Callback | undefined> {
    return firstSeen(this.seen, this.#watchers, (one) => one.path === path, { from: 0, withinMs });
  }

  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}
