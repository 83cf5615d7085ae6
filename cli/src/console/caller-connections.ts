import type { ConsoleConnection } from '@deephealth/console';
import type { ServerInside } from '@deephealth/runtime';
import {
  type Caller,
  type ControlClient,
  createControlClient,
  createRuntimeClient,
  type RuntimeClient,
  tokenMetadata,
} from '@deephealth/sdk';

/** As long as a person waits for a model that is busy. */
const DEADLINE_MS = 60_000;

interface Clients {
  readonly runtime: RuntimeClient;
  readonly control: ControlClient;
}

/** Connections to the server's contract, shared by all requests; each call says for whom it is made. */
export class CallerConnections {
  readonly #clients = new Map<string, Clients>();

  constructor(private readonly inside: ServerInside) {}

  /** @throws DH_UNAUTHENTICATED without a caller, where callers are asked who they are */
  async connect(caller: Caller | undefined): Promise<ConsoleConnection> {
    const { address, token, release } = await this.inside.connectFor(caller);
    const clients = this.#clientsOf(address);
    return { ...clients, settings: token === undefined ? {} : { metadata: tokenMetadata(token) }, release };
  }

  close(): void {
    for (const { runtime, control } of this.#clients.values()) {
      runtime.close();
      control.close();
    }
    this.#clients.clear();
  }

  #clientsOf(address: string): Clients {
    const known = this.#clients.get(address);
    if (known !== undefined) return known;
    const options = { address, defaultDeadlineMs: DEADLINE_MS, maxMessageBytes: this.inside.maxBodyBytes };
    const clients = { runtime: createRuntimeClient(options), control: createControlClient(options) };
    this.#clients.set(address, clients);
    return clients;
  }
}
