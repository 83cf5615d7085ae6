import {
  assertContractShared,
  type ControlClient,
  createControlClient,
  createRuntimeClient,
  type RuntimeClient,
} from '@deephealth/sdk';
import type { Command } from 'commander';
import { numberOption } from './number-option.js';
import { type CredentialFlags, clientCredentials, withCredentialOptions } from './server-credentials.js';

export const DEFAULT_ADDRESS = '127.0.0.1:8500';

export const CONNECT_TIMEOUT_MS = 5000;
/** What gRPC can send at all: which size is too large, the server says. */
export const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

/** What {@link withServerOptions} adds. */
export interface ServerOptions extends CredentialFlags {
  readonly address: string;
  /** Seconds. */
  readonly timeout: number;
}

/** Adds the options that every command with a server has. */
export function withServerOptions(command: Command): Command {
  return withCredentialOptions(
    command.option('--address <host:port>', 'server to ask', process.env.DEEPHEALTH_ADDRESS ?? DEFAULT_ADDRESS),
  ).option('--timeout <seconds>', 'deadline of the call', numberOption(0.001, 86_400), 30);
}

/** The same for the service that stops models. */
export async function withControl<T>(options: ServerOptions, run: (client: ControlClient) => Promise<T>): Promise<T> {
  const defaultDeadlineMs = options.timeout * 1000;
  const connectTimeoutMs = Math.min(CONNECT_TIMEOUT_MS, defaultDeadlineMs);
  const client = createControlClient({
    ...{ address: options.address, defaultDeadlineMs, connectTimeoutMs },
    ...clientCredentials(options),
  });
  try {
    return await run(client);
  } finally {
    client.close();
  }
}

/** Runs with a client that is closed whatever happens. */
export async function withClient<T>(options: ServerOptions, run: (client: RuntimeClient) => Promise<T>): Promise<T> {
  const defaultDeadlineMs = options.timeout * 1000;
  const connectTimeoutMs = Math.min(CONNECT_TIMEOUT_MS, defaultDeadlineMs);
  const client = createRuntimeClient({
    ...{ address: options.address, defaultDeadlineMs, connectTimeoutMs },
    ...clientCredentials(options),
    maxMessageBytes: MAX_MESSAGE_BYTES,
  });
  try {
    // Longer than the connecting may take, so that a server that is not there is not called a slow one.
    assertContractShared(await client.getServerInfo({ deadlineMs: connectTimeoutMs + defaultDeadlineMs }));
    return await run(client);
  } finally {
    client.close();
  }
}
