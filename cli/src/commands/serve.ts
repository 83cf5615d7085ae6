import {
  CONFIG_FILE,
  createJsonLog,
  describeAccelerator,
  mergeConfig,
  type RepositoryMode,
  type RuntimeServer,
  type ServerConfig,
  startRuntimeServer,
  toServerOptions,
} from '@deephealth/runtime';
import { Command, InvalidArgumentError, Option } from 'commander';
import { adapterOption, namedAdapters, planAdapters } from '../adapters/plan-adapters.js';
import { ADAPTERS } from '../adapters/start-adapter.js';
import { startAdapters, stopAdapters } from '../adapters/start-adapters.js';
import { createConsoleService } from '../console/console-service.js';
import { formatTable, printJson } from '../output/print.js';
import { noteServed } from '../ttmip/note-served.js';
import { StageClock } from '../ttmip/note-stage.js';
import { readTimelines } from '../ttmip/read-timelines.js';
import { maxMessageOption } from './max-message-option.js';
import { integerOption, numberOption } from './number-option.js';
import { portOrOffOption } from './port-or-off-option.js';
import { type ServeFlags, toOverrides } from './serve-flags.js';
import { findServerConfig } from './server-config-file.js';
import { stopOnSignal } from './stop-on-signal.js';

const REPOSITORY_MODES: readonly RepositoryMode[] = ['none', 'poll', 'explicit'];
const PROFILES = ['development', 'production'];
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

/** @param options.humanSteps steps of people on the way into production that the command is; 0 as a part of another */
export function createServeCommand({ humanSteps = 1 }: { readonly humanSteps?: number } = {}): Command {
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
    .addOption(
      new Option(
        '--audit <mode>',
        'record every inference: durable (on the disk before the answer leaves), fast, off (default: off)',
      ).choices(['durable', 'fast', 'off']),
    )
    .option('--trust <keys...>', 'serve packages only that one of these keys has signed: files or folders')
    .option('--allow-unsigned', 'serve unsigned packages too, where trusted keys are set')
    .option(
      '--state-folder <folder>',
      'what must survive a restart: the audit log, which models are stopped (default: .deephealth)',
    )
    .addOption(
      new Option(
        '--profile <name>',
        'production: no start without TLS, access control, trusted keys and an audit log',
      ).choices(PROFILES),
    )
    .option('--insecure-i-know', 'leave loopback without TLS and authentication')
    .addOption(
      new Option('--log-level <level>', 'least level logged, as JSON lines on stderr (default: warn)').choices(
        LOG_LEVELS,
      ),
    )
    .option(
      '--adapter <name>',
      `serve an adapter beside the runtime, for packages with a binding: ${ADAPTERS.join(', ')}, or all that a package has a binding for; may be given several times`,
      adapterOption,
    )
    .option(
      '--adapter-config <file>',
      'its configuration, JSON: clients, addresses, limits (docs/guides/); of several adapters <name>=<file> for each',
      (file: string, earlier: string[] = []) => [...earlier, file],
    )
    .option(
      '--adapter-port <number>',
      'its HTTP port; 0 for a free one (default: 8081). Of several adapters the first has this one, the next the one after it',
      integerOption(0, 65535),
    )
    .option(
      '--adapter-contract-port <number>',
      'gRPC port of its contract face, counted upwards in the same way; 0 for a free one (default: not served)',
      integerOption(0, 65535),
    )
    .option('--no-console', 'leave the web console out')
    .option('--handshake', 'print one line for the program that started it, DH|1|1|tcp|<address>, once all is verified')
    .option('--json', 'print the state as JSON once all models are verified')
    .addHelpText(
      'after',
      '\nFlags win over the configuration, which wins over the defaults.\n' +
        '\nExample:\n  $ deephealth serve --models samples/models --port 8500\n' +
        '  $ deephealth serve --models samples/models --adapter clinical-decision-support\n' +
        '  $ deephealth serve --models samples/models --adapter digital-pathology --adapter-contract-port 8501\n' +
        '  $ deephealth serve --models samples/models --adapter expressif\n' +
        '  $ deephealth serve --models samples/models --adapter piaf\n' +
        '  $ deephealth serve --models samples/models --adapter all --adapter-config piaf=piaf.json\n' +
        'Stop it with Ctrl-C or SIGTERM: running requests are finished first. A second one ends it at once.',
    )
    .action(async (flags: ServeFlags, command: Command) => {
      const clock = new StageClock();
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
      checkAdapterFlags(flags, command);
      if (config.trust !== undefined && config.trust.keys === undefined) {
        command.error('error: --allow-unsigned needs --trust, or "trust.keys" in the configuration.');
      }
      const print = (text: string) => {
        if (!flags.json) process.stdout.write(`${text}\n`);
      };
      if (file !== undefined) print(`Configuration: ${file.name}`);
      const options = toServerOptions(config);
      const console = config.console === false ? undefined : consoleOf(config, options, flags);
      const server = await startRuntimeServer({
        ...options,
        ...(console && { innerRoutes: console.routes }),
        insecureBind: flags.insecureIKnow ?? false,
        log: createJsonLog(config.log?.level ?? 'warn'),
      });
      const ttmip = noteServed({ clock, stateFolder: config.stateFolder, humanSteps });
      const adapters = await startAdapters(flags, server, {
        ...{ models: config.models, insecureBind: flags.insecureIKnow ?? false },
        ...{ isProduction: config.profile === 'production', log: createJsonLog(config.log?.level ?? 'warn') },
        onAnswered: ttmip.onAnswered,
      });
      console?.show(Object.assign({}, ...adapters.map(({ shown }) => shown)));
      const { stopped, isStopping } = stopOnSignal(async () => {
        await stopAdapters(adapters);
        await server.stop();
        console?.close();
      });
      const httpAddress = httpAddressOf(server);
      print(`Listening on ${server.address}; verifying ${server.store.all().length} model versions ...`);
      if (httpAddress !== undefined) print(`HTTP on ${httpAddress} (Open Inference Protocol, health, metrics)`);
      const consoleUrl = console && httpAddress && `${scheme(config)}://${httpAddress}/console/`;
      if (consoleUrl !== undefined) print(`Console on ${consoleUrl}`);
      for (const { lines } of adapters) for (const line of lines) print(line);
      print(describeAccelerator());
      await Promise.race([server.verified, stopped]);
      if (isStopping()) return stopped;
      const models = modelStates(server);
      await ttmip.onServed(
        server.store.all().filter(({ state }) => state === 'READY'),
        adapters.map(({ name }) => name),
      );
      if (flags.handshake) process.stdout.write(`DH|1|1|tcp|${server.address}\n`);
      if (flags.json) {
        const where = {
          address: server.address,
          ...(httpAddress !== undefined && { httpAddress }),
          ...(consoleUrl !== undefined && { console: consoleUrl }),
          ...(adapters.length === 1 && { adapter: adapters[0]?.place }),
          ...(adapters.length > 0 && { adapters: adapters.map(({ name, place }) => ({ name, ...place })) }),
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

/** Ends wrong usage before anything is started. */
function checkAdapterFlags(flags: ServeFlags, command: Command): void {
  try {
    planAdapters(namedAdapters(flags), flags);
  } catch (thrown) {
    if (thrown instanceof InvalidArgumentError) command.error(`error: ${thrown.message}`);
    throw thrown;
  }
}

function consoleOf(config: ServerConfig, { audit }: ReturnType<typeof toServerOptions>, flags: ServeFlags) {
  const { stateFolder, consoleExamples, listen } = config;
  return createConsoleService({
    ...(stateFolder !== undefined && { stateFolder }),
    ...(consoleExamples !== undefined && { examplesFolder: consoleExamples }),
    ...(audit !== undefined && { auditFolder: audit.folder }),
    ...(listen?.host !== undefined && { host: listen.host }),
    isBehindProxy: flags.insecureIKnow ?? false,
    readTimelines,
  });
}

function scheme({ tls }: ServerConfig): string {
  return tls === undefined ? 'http' : 'https';
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
