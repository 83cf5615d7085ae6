import { mkdirSync } from 'node:fs';
import {
  type AdapterProfile,
  adapterProfiles,
  type CaseResult,
  checkAdapter,
  consoleReport,
  EXIT_CODES,
  EXPRESSIF_PLATFORM,
  loadCases,
  PATHOLOGY_PLATFORM,
  PLATFORMS,
} from '@deephealth/conformance';
import { Command, Option } from 'commander';
import { ADAPTERS } from '../../adapters/start-adapter.js';
import { printJson } from '../../output/print.js';
import { noteStage, StageClock } from '../../ttmip/note-stage.js';
import { writeReports } from './write-reports.js';

/** Of every `conformance` command, beside those of a verdict. */
const BAD_USAGE = 4;
const HIGHEST_PORT = 65_535;

const HELP = `
The suite plays the runtime behind the adapter, the client of the contract and the platform. Either it starts the
adapter from the command after --, in which {runtime} stands for "host:port" of the runtime and {platform} for the
URL of the platform, or DEEPHEALTH_CONFORMANCE_RUNTIME and DEEPHEALTH_CONFORMANCE_PLATFORM in its environment; the
adapter then prints two lines on standard output:
  DH-ADAPTER|1|http://127.0.0.1:<port of the platform face>|<name>|<version>
  DH|1|1|tcp|127.0.0.1:<port of the contract face>
Or the adapter listens already, and was told beforehand where its runtime and its platform will be:
--runtime-port and --platform-port on 127.0.0.1.
An adapter for clinical decision support is told of the suite's packages and of who calls by a file of settings:
{settings}, or DEEPHEALTH_CONFORMANCE_SETTINGS; for one that listens already, deephealth conformance models export
<folder> --platform clinical-decision-support writes it. A service of CDS Hooks that has no face towards the
contract is judged with --profile cds.
An adapter for digital pathology is told of the suite's packages in the same way. It is sent slides over its contract
face, and has no other: the URL in its first line is empty, and with --target it needs --runtime-port alone.
So is one for rule bases (expressif), which may have a face over HTTP, too: then its URL is in the first line, or
--platform-url. A service of processing chains (piaf) has WES and OGC API - Processes below that URL; one that has
no face towards the contract is judged with --profile processing-chain.

Examples:
  $ deephealth conformance adapter -- ./my-adapter --runtime {runtime} --platform {platform}
  $ deephealth conformance adapter --target 127.0.0.1:8600 --platform-url http://127.0.0.1:8080 \\
      --runtime-port 8500 --platform-port 8090 --out report
  $ deephealth conformance adapter --platform clinical-decision-support -- ./my-adapter --settings {settings}
  $ deephealth conformance adapter --platform digital-pathology -- ./my-adapter --settings {settings}
  $ deephealth conformance adapter --platform expressif -- ./my-adapter --settings {settings}
  $ deephealth conformance adapter --platform piaf --profile processing-chain -- ./my-service --settings {settings}

Exit codes: 0 conformant, 1 not conformant, 2 a fault of the suite or on the way to the adapter, 3 partial, 4 wrong usage.`;

/** Platforms that ask on the contract's face and have no address of their own. */
const ON_THE_CONTRACT: readonly string[] = [PATHOLOGY_PLATFORM, EXPRESSIF_PLATFORM];

interface Options {
  readonly platform: string;
  readonly target?: string;
  readonly platformUrl?: string;
  readonly runtimePort?: string;
  readonly platformPort?: string;
  readonly profile?: string;
  readonly only?: string;
  readonly out?: string;
  readonly timeScale: string;
  readonly for?: string;
  readonly json?: boolean;
}

export function createConformanceAdapter(setExitCode: (code: number) => void): Command {
  return new Command('adapter')
    .description('Check an adapter between a runtime and a platform that the suite plays.')
    .argument('[command...]', 'after --: starts the adapter')
    .addOption(
      new Option('--platform <name>', 'the platform that it is for').choices(Object.keys(PLATFORMS)).default('generic'),
    )
    .option('--target <address>', 'contract face of an adapter that listens already, as host:port')
    .option('--platform-url <url>', 'its platform face')
    .option('--runtime-port <port>', 'where it looks for its runtime, on 127.0.0.1')
    .option('--platform-port <port>', 'where it looks for its platform, on 127.0.0.1')
    .option('--profile <names>', 'only these profiles of the platform, separated by commas')
    .option('--only <ids>', 'only these cases, separated by commas; the verdict is then partial at best')
    .option('--out <folder>', 'write report.html, report.json, junit.xml and badge.svg there')
    .option('--time-scale <factor>', 'multiply every wait, for a slow machine; the report says so', '1')
    .option(
      '--for <name/version>',
      'the verdict is a stage of this model on its way into production (deephealth ttmip)',
    )
    .option('--json', 'print the report as JSON')
    .addHelpText('after', HELP)
    .action(async (command: string[], options: Options) => setExitCode(await check(command, options)));
}

async function check(command: readonly string[], options: Options): Promise<number> {
  const usage = wrongUsage(command, options);
  if (usage !== undefined) {
    process.stderr.write(`${usage}\n(add --help for the usage)\n`);
    return BAD_USAGE;
  }
  const { platform, target, platformUrl, runtimePort, platformPort, only, out, timeScale, json } = options;
  const clock = new StageClock();
  const checked = await checkAdapter({
    platform,
    profiles: profilesOf(options),
    ...(command.length > 0 ? { command } : target !== undefined && { target }),
    ...(platformUrl !== undefined && { platformUrl }),
    ...(runtimePort !== undefined && { runtimePort: Number(runtimePort) }),
    ...(platformPort !== undefined && { platformPort: Number(platformPort) }),
    ...(only !== undefined && { only: idsOf(only) }),
    rerun: rerunOf(command, options),
    timeScale: Number(timeScale),
    onResult: progress(),
  });
  if ('problem' in checked) {
    process.stderr.write(`The adapter could not be checked: ${checked.problem}.\n`);
    return EXIT_CODES.error;
  }
  const { report, cases, results } = checked;
  await noteConformance(options, clock, results);
  if (out !== undefined) mkdirSync(out, { recursive: true });
  if (out !== undefined) writeReports(out, report, cases, results);
  if (json) printJson(report);
  else process.stdout.write(consoleReport(report));
  return EXIT_CODES[report.verdict];
}

/** A verdict over some of the cases counts, too: the record says over how many. */
async function noteConformance(options: Options, clock: StageClock, results: readonly CaseResult[]): Promise<void> {
  const [name, version] = (options.for ?? '').split('/');
  const platform = ADAPTERS.find((one) => one === options.platform);
  if (platform === undefined || !name || !version) return;
  const judged = results.filter(({ status }) => status !== 'skipped' && status !== 'notApplicable');
  const passed = judged.filter(({ status }) => status === 'pass').length;
  const detail = `${passed} of ${judged.length} cases passed`;
  const isPassed = judged.length > 0 && passed === judged.length;
  const record = clock.end({ stage: 'conformance-passed', platform, humanSteps: 1, detail });
  await noteStage({ name, version }, isPassed ? record : { ...record, outcome: 'failed' });
}

function wrongUsage(command: readonly string[], options: Options): string | undefined {
  const { platform, target, platformUrl, runtimePort, platformPort, timeScale, only } = options;
  const profiles = profilesOf(options);
  const other = profiles.find((one) => !adapterProfiles(platform).includes(one));
  if (other !== undefined) return `The platform ${platform} has no profile "${other}".`;
  const isRunning = target !== undefined || (platformUrl !== undefined && !profiles.includes('adapter-common'));
  if (isRunning === command.length > 0) {
    return 'Give either --target <address> or, after --, the command that starts the adapter.';
  }
  const ports = [runtimePort, platformPort];
  if (isRunning && ON_THE_CONTRACT.includes(platform) && runtimePort === undefined) {
    return 'With --target give --runtime-port, too.';
  }
  if (isRunning && !ON_THE_CONTRACT.includes(platform) && [platformUrl, ...ports].includes(undefined)) {
    return 'With --target give --platform-url, --runtime-port and --platform-port, too.';
  }
  if (platformUrl !== undefined && !/^https?:\/\/.+/.test(platformUrl)) {
    return `--platform-url must be a URL with http or https, not "${platformUrl}".`;
  }
  const isPort = (port: string) => /^\d+$/.test(port) && Number(port) > 0 && Number(port) <= HIGHEST_PORT;
  const strange = ports.find((port) => port !== undefined && !isPort(port));
  if (strange !== undefined) return `A port is a number from 1 to ${HIGHEST_PORT}, not "${strange}".`;
  if (options.for !== undefined && !/^[^/]+\/[^/]+$/.test(options.for)) {
    return `--for is <name>/<version> of a model, not "${options.for}".`;
  }
  if (!(Number(timeScale) > 0)) return `--time-scale must be a number above 0, not "${timeScale}".`;
  const known = new Set(
    loadCases()
      .filter(({ profile }) => (profiles as readonly string[]).includes(profile))
      .map(({ id }) => id),
  );
  const stranger = only === undefined ? undefined : idsOf(only).find((id) => !known.has(id));
  return stranger === undefined
    ? undefined
    : `There is no case "${stranger}" of adapters. deephealth conformance list names all.`;
}

function profilesOf({ platform, profile }: Options): readonly AdapterProfile[] {
  if (profile === undefined) return adapterProfiles(platform);
  return profile.split(',').map((one) => one.trim() as AdapterProfile);
}

function idsOf(only: string): string[] {
  return only.split(',').map((id) => id.trim().toUpperCase());
}

function rerunOf(command: readonly string[], options: Options): string {
  const { platform, profile, target, platformUrl, runtimePort, platformPort } = options;
  const chosen = profile === undefined ? '' : ` --profile ${profile}`;
  const head = `deephealth conformance adapter --platform ${platform}${chosen}`;
  if (command.length > 0) return `${head} -- ${command.join(' ')}`;
  const face = target === undefined ? '' : ` --target ${target}`;
  if (ON_THE_CONTRACT.includes(platform)) {
    const url = platformUrl === undefined ? '' : ` --platform-url ${platformUrl}`;
    return `${head}${face}${url} --runtime-port ${runtimePort}`;
  }
  return `${head}${face} --platform-url ${platformUrl} --runtime-port ${runtimePort} --platform-port ${platformPort}`;
}

/** One line that is written over, where somebody watches. */
function progress(): (result: CaseResult) => void {
  if (!process.stderr.isTTY) return () => undefined;
  let done = 0;
  return ({ id }) => process.stderr.write(`\r\x1b[K${++done} ${id}`);
}
