import {
  CONFIG_FILE,
  createJsonLog,
  describeAccelerator,
  type Log,
  mergeConfig,
  type RepositoryMode,
  type RuntimeServer,
  startRuntimeServer,
  toServerOptions,
} from '@deephealth/runtime';
import { Command, Option } from 'commander';
import { ADAPTERS, startAdapter } from '../adapters/start-adapter.js';
import { formatTable, printJson } from '../output/print.js';
import { maxMessageOption } from './max-message-option.js';
import { integerOption, numberOption } from './number-option.js';
import { portOrOffOption } from './port-or-off-option.js';
import { type ServeFlags, toOverrides } from './serve-flags.js';
import { findServerConfig } from './server-config-file.js';
import { stopOnSignal } from './stop-on-signal.js';

const REPOSITORY_MODES: readonly RepositoryMode[] = ['none', 'poll', 'explicit'];
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

export function createServeCommand(): Command {
  return new Command('serve')
    .description('Serve the packages of model stores over gRPC and HTTP until it is told to stop.')
    .option('--config <file>', `configuration (default: ${CONFIG_FILE} in this folder, if there is one)`)
    .option('--models <folder...>', 'model stores: folders with <name>/<version>/')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'gRPC port; 0 for a free one (default: 8500)', integerOption(0, 65535))
    .option('--http-port <number>', 'HTTP port; 0 for a free one, off for none (default: 8080)', portOrOffOption)
    .addOption(
      new Option('--repository <mode>', 'how versions are found after the start (default: none)').choices(
        REPOSITORY_MODES,
      ),
    )
    .option('--memory <MiB>', 'largest memory of one model (default: 4096)', integerOption(64, 1_048_576))
    .addOption(maxMessageOption())
    .option('--run-timeout <seconds>', 'longest run of a model (default: 30)', numberOption(0.01, 3600))
    .option(
      '--drain-grace <seconds>',
      'time that running requests have at the stop (default: 10)',
      numberOption(0, 3600),
    )
    .option('--insecure-i-know', 'leave loopback without TLS and authentication')
    .addOption(
      new Option('--log-level <level>', 'least level logged, as JSON lines on stderr (default: warn)').choices(
        LOG_LEVELS,
      ),
    )
    .addOption(
      new Option('--adapter <name>', 'serve an adapter beside the runtime, for packages with a binding').choices(
        ADAPTERS,
      ),
    )
    .option('--adapter-config <file>', 'its configuration, JSON: clients, addresses, limits (docs/guides/)')
    .option('--adapter-port <number>', 'its HTTP port; 0 for a free one (default: 8081)', integerOption(0, 65535))
    .option(
      '--adapter-contract-port <number>',
      'gRPC port of its contract face, on 127.0.0.1 alone; 0 for a free one (default: not served)',
      integerOption(0, 65535),
    )
    .option('--handshake', 'print one line for the program that started it, DH|1|1|tcp|<address>, once all is verified')
    .option('--json', 'print the state as JSON once all models are verified')
    .addHelpText(
      'after',
      '\nFlags win over the configuration, which wins over the defaults.\n' +
        '\nExample:\n  $ deephealth serve --models samples/models --port 8500\n' +
        '  $ deephealth serve --models samples/models --adapter clinical-decision-support\n' +
        '  $ deephealth serve --models samples/models --adapter digital-pathology --adapter-contract-port 8501\n' +
        '  $ deephealth serve --models samples/models --adapter expressif\n' +
        'Stop it with Ctrl-C or SIGTERM: running requests are finished first. A second one ends it at once.',
    )
    .action(async (flags: ServeFlags, command: Command) => {
      const file = await findServerConfig(flags.config);
      const config = mergeConfig(file?.config ?? {}, toOverrides(flags));
      if (config.models === undefined) {
        command.error(
          `error: no model store is named. Pass --models <folder...>, or set "models" in ${file?.name ?? CONFIG_FILE}.`,
        );
      }
      const ofAdapter = flags.adapterConfig ?? flags.adapterPort ?? flags.adapterContractPort;
      if (flags.adapter === undefined && ofAdapter !== undefined) {
        command.error('error: --adapter-config, --adapter-port and --adapter-contract-port need --adapter.');
      }
      const print = (text: string) => {
        if (!flags.json) process.stdout.write(`${text}\n`);
      };
      if (file !== undefined) print(`Configuration: ${file.name}`);
      const server = await startRuntimeServer({
        ...toServerOptions(config),
        insecureBind: flags.insecureIKnow ?? false,
        log: createJsonLog(config.log?.level ?? 'warn'),
      });
      const adapter = await adapterOf(flags, config.models, server, createJsonLog(config.log?.level ?? 'warn'));
      const { stopped, isStopping } = stopOnSignal(async () => {
        await adapter?.stop();
        await server.stop();
      });
      const httpAddress = httpAddressOf(server);
      print(`Listening on ${server.address}; verifying ${server.store.all().length} model versions ...`);
      if (httpAddress !== undefined) print(`HTTP on ${httpAddress} (Open Inference Protocol, health, metrics)`);
      for (const line of adapter?.lines ?? []) print(line);
      print(describeAccelerator());
      await Promise.race([server.verified, stopped]);
      if (isStopping()) return stopped;
      const models = modelStates(server);
      if (flags.handshake) process.stdout.write(`DH|1|1|tcp|${server.address}\n`);
      if (flags.json) {
        const where = {
          address: server.address,
          ...(httpAddress !== undefined && { httpAddress }),
          ...(adapter !== undefined && { adapter: adapter.place }),
        };
        printJson({ ...where, ...(file !== undefined && { config: file.name }), models });
      }
      const rows = models.map((m) => [m.name, m.version, m.state, m.message ?? '']);
      print(formatTable(['MODEL', 'VERSION', 'STATE', 'REASON'], rows));
      print(
        `Ready on ${server.address} (gRPC: deephealth.runtime.v1.ModelRuntime and the Open Inference Protocol). Ctrl-C stops.`,
      );
      await stopped;
    });
}

/** The adapter that the flags ask for; the runtime is stopped again if it cannot be served. */
async function adapterOf(flags: ServeFlags, models: readonly string[], server: RuntimeServer, log: Log) {
  const { adapter } = flags;
  if (adapter === undefined) return undefined;
  const around = { runtime: server.address, models, insecureBind: flags.insecureIKnow ?? false, log };
  try {
    return await startAdapter({ ...flags, adapter }, around);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** HTTP is served at the same host as gRPC. */
function httpAddressOf({ address, httpPort }: RuntimeServer): string | undefined {
  return httpPort === undefined ? undefined : address.replace(/[0-9]+$/, String(httpPort));
}

function modelStates(server: RuntimeServer) {
  return server.store.all().map((m) => ({
    name: m.name,
    version: m.version,
    state: m.state,
    packageSha256: m.packageSha256,
    ...(m.reason && { reason: m.reason.code, message: m.reason.message }),
  }));
}
