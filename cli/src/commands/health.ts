import { createHealthClient, DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { printJson } from '../output/print.js';
import { CONNECT_TIMEOUT_MS, type ServerOptions, withServerOptions } from './connection.js';
import { clientCredentials } from './server-credentials.js';

interface HealthOptions extends ServerOptions {
  readonly service: string;
  readonly json?: boolean;
}

export function createHealthCommand(setExitCode: (code: number) => void): Command {
  return withServerOptions(
    new Command('health').description(
      'Ask a server whether it takes requests (grpc.health.v1). Needs no account; for probes of containers and scripts.',
    ),
  )
    .option('--service <name>', 'one service of the server, as in deephealth.runtime.v1.ModelRuntime', '')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 it serves, 1 it does not (yet), 3 no server answered.\n' +
        '\nExamples:\n  $ deephealth health --timeout 3\n  $ deephealth health --address server:8500 --tls-ca ca.crt',
    )
    .action(async (options: HealthOptions) => {
      const client = createHealthClient({
        address: options.address,
        connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, options.timeout * 1000),
        defaultDeadlineMs: options.timeout * 1000,
        ...clientCredentials(options),
      });
      try {
        const status = await client.check(options.service);
        if (status === 'SERVICE_UNKNOWN') {
          throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The server has no service of this name.', {
            details: { field: 'service' },
          });
        }
        if (options.json) printJson({ status });
        else process.stdout.write(`${status}\n`);
        if (status !== 'SERVING') setExitCode(1);
      } finally {
        client.close();
      }
    });
}
