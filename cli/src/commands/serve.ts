import { createJsonLog, type LogLevel, startRuntimeServer } from '@deephealth/runtime';
import { Command, Option } from 'commander';
import { formatTable, printJson } from '../output/print.js';
import { integerOption, numberOption } from './number-option.js';

interface ServeOptions {
  models: string[];
  host: string;
  port: number;
  memory: number;
  runTimeout: number;
  insecureIKnow?: boolean;
  logLevel: LogLevel;
  json?: boolean;
}

export function createServeCommand(): Command {
  return new Command('serve')
    .description('Serve the packages of model stores over gRPC until it is told to stop.')
    .requiredOption('--models <folder...>', 'model stores: folders with <name>/<version>/')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 for a free one', integerOption(0, 65535), 8500)
    .option('--memory <MiB>', 'largest memory of one model', integerOption(64, 1_048_576), 4096)
    .option('--run-timeout <seconds>', 'longest run of a model', numberOption(0.01, 3600), 30)
    .option('--insecure-i-know', 'leave loopback without TLS and authentication')
    .addOption(
      new Option('--log-level <level>', 'least level logged, as JSON lines on stderr')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('warn'),
    )
    .option('--json', 'print the state as JSON once all models are verified')
    .addHelpText(
      'after',
      '\nExample:\n  $ deephealth serve --models samples/models --port 8500\nStop it with Ctrl-C or SIGTERM: running requests are finished first.',
    )
    .action(async (options: ServeOptions) => {
      const server = await startRuntimeServer({
        models: options.models,
        host: options.host,
        port: options.port,
        insecureBind: options.insecureIKnow ?? false,
        limits: { memoryMiB: options.memory, runTimeoutMs: options.runTimeout * 1000 },
        log: createJsonLog(options.logLevel),
      });
      const { stopped, isStopping } = stopOnSignal(server.stop);
      if (!options.json)
        process.stdout.write(
          `Listening on ${server.address}; verifying ${server.store.all().length} model versions ...\n`,
        );
      await Promise.race([server.verified, stopped]);
      if (isStopping()) return stopped;
      const models = server.store.all().map((m) => ({
        name: m.name,
        version: m.version,
        state: m.state,
        packageSha256: m.packageSha256,
        ...(m.reason && { reason: m.reason.code, message: m.reason.message }),
      }));
      if (options.json) printJson({ address: server.address, models });
      else {
        process.stdout.write(
          `${formatTable(
            ['MODEL', 'VERSION', 'STATE', 'REASON'],
            models.map((m) => [m.name, m.version, m.state, m.message ?? '']),
          )}\n`,
        );
        process.stdout.write(
          `Ready on ${server.address} (gRPC: deephealth.runtime.v1.ModelRuntime and the Open Inference Protocol). Ctrl-C stops.\n`,
        );
      }
      await stopped;
    });
}

/** `stopped` resolves when a stop was asked for and done; `isStopping` tells from the asking on. */
function stopOnSignal(stop: () => Promise<void>): { stopped: Promise<void>; isStopping: () => boolean } {
  let isStopping = false;
  const stopped = new Promise<void>((resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        isStopping = true;
        stop().then(resolve, reject);
      });
    }
  });
  return { stopped, isStopping: () => isStopping };
}
