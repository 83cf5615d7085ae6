import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Server, ServerCredentials } from '@grpc/grpc-js';

/** How a part of the same process calls the server as anybody else does. */
export interface InnerConnection {
  /** For a client of the contract. */
  readonly address: string;
  /** Absent where nobody is asked who they are. */
  readonly token?: string;
}

/**
 * A second place at which the gRPC server listens, for adapters of the same process: a socket in a folder that only
 * this user can open. It needs no certificate, since nothing leaves the machine, and asks for a key all the same.
 */
export class InnerDoor {
  #opened: Promise<{ readonly address: string; readonly folder?: string }> | undefined;

  constructor(private readonly server: Server) {}

  /** Where it is; opened when somebody asks for the first time. */
  async address(): Promise<string> {
    this.#opened ??= this.#open();
    return (await this.#opened).address;
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    if (opened?.folder !== undefined) await rm(opened.folder, { recursive: true, force: true });
  }

  async #open() {
    // grpc-js knows no named pipes of Windows.
    if (process.platform === 'win32') return { address: `127.0.0.1:${await this.#bind('127.0.0.1:0')}` };
    const folder = await mkdtemp(join(tmpdir(), 'deephealth-'));
    const address = `unix:${join(folder, 'runtime')}`;
    await this.#bind(address);
    return { address, folder };
  }

  #bind(address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  }
}
