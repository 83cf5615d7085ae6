import { createRuntimeClient, type RuntimeClient } from '@deephealth/sdk';
import type { Command } from 'commander';

export const DEFAULT_ADDRESS = '127.0.0.1:8500';

/** Adds the options that every command with a server has. */
export function withServerOptions(command: Command): Command {
  return command
    .option('--address <host:port>', 'server to ask', process.env.DEEPHEALTH_ADDRESS ?? DEFAULT_ADDRESS)
    .option('--timeout <seconds>', 'deadline of the call', '30');
}

/** Runs with a client that is closed whatever happens. */
export async function withClient<T>(
  options: { address: string; timeout: string },
  run: (client: RuntimeClient) => Promise<T>,
): Promise<T> {
  const client = createRuntimeClient({ address: options.address, defaultDeadlineMs: Number(options.timeout) * 1000 });
  try {
    await client.connect();
    return await run(client);
  } finally {
    client.close();
  }
}
