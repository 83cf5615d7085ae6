import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  type CallbackHost,
  createPiafAdapter,
  type InputRoot,
  type Organization,
  PROCESSING_CHAIN_BINDING,
  type RunLimits,
  type RunRecord,
  startChainServer,
  type TenantConfig,
  tenantOfCaller,
} from '@deephealth/adapter-piaf';
import { type Caller, DeepHealthError, serveContractFace } from '@deephealth/sdk';
import { type BackendConfig, chainBackend, parseBackend } from '../chains/chain-backends.js';
import { ownProgram } from '../chains/own-program.js';
import { siteUidKey } from '../chains/uid-key.js';
import {
  type Check,
  type ConfigFields,
  count,
  hasOnly,
  object,
  readConfigFields,
  text,
  texts,
} from './config-fields.js';
import { packageFolders } from './package-folders.js';
import { connectionOf, modelOf, type Surroundings } from './surroundings.js';

/** What a file given with --adapter-config says; every field is optional. Relative paths start at its folder. */
export interface PiafAdapterConfig {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8081; 0 for a free one. */
  readonly port?: number;
  /** gRPC port of the adapter's contract face; 0 for a free one. Default: it is not served. */
  readonly contractPort?: number;
  /** Where it listens. Default 127.0.0.1; elsewhere only with "tls" and "access" of the runtime. */
  readonly contractHost?: string;
  /** Keeps runs and their results. Default .deephealth/chains in the working folder. */
  readonly stateFolder?: string;
  /** "<name>/<version>" of the packages to be served. Default all of the stores with a binding. */
  readonly packages?: readonly string[];
  /** Default {"kind": "local"}. */
  readonly backend?: BackendConfig;
  /** Who may ask; `maxActiveRuns` goes before that of `limits`. */
  readonly tenants?: readonly (TenantConfig & { readonly maxActiveRuns?: number })[];
  readonly roots?: readonly InputRoot[];
  readonly callbackHosts?: readonly CallbackHost[];
  readonly limits?: RunLimits;
  /** Runs that ended so many days ago are removed with their results. Default: never. */
  readonly keepRunsDays?: number;
  /** Secret of the site for DICOM UIDs. Default uid-key in the state folder, made at first use. */
  readonly uidKeyFile?: string;
  /** Where callers reach the service, if not where it listens. */
  readonly publicUrl?: string;
  readonly organization?: Organization;
  /** Studies by the contract face at a time. Default 4. */
  readonly maxInFlight?: number;
}

const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const FIELDS: ConfigFields<PiafAdapterConfig> = {
  host: [text, 'a host name or address'],
  port: [count, 'a port'],
  contractPort: [count, 'a port'],
  contractHost: [text, 'a host name or address'],
  stateFolder: [text, 'a folder'],
  packages: [texts, 'a list of "<name>/<version>"'],
  backend: [object, 'an object with "kind": local, slurm or cwl'],
  tenants: [
    listOf((one) => hasOnly(one, { name: text, keySha256: text, keyFile: text, maxActiveRuns: count })),
    'a list of {"name", "keySha256"} or {"name", "keyFile"}, with "maxActiveRuns" if it is limited',
  ],
  roots: [
    listOf((one) => hasOnly(one, { name: text, folder: text, tenants: texts })),
    'a list of {"name", "folder"}, with "tenants" if not all may read there',
  ],
  callbackHosts: [listOf((one) => text(one) || object(one)), 'a list of hosts'],
  limits: [
    (value) =>
      hasOnly(value, {
        maxRunning: count,
        maxRunningPerTenant: count,
        maxActivePerTenant: count,
        maxQueued: count,
        maxUploadBytes: count,
      }),
    'an object of whole numbers: maxRunning, maxRunningPerTenant, maxActivePerTenant, maxQueued, maxUploadBytes',
  ],
  uidKeyFile: [text, 'a file'],
  publicUrl: [text, 'an absolute address'],
  organization: [(value) => hasOnly(value, { name: text, url: text }), 'an object with "name" and "url"'],
  keepRunsDays: [count, 'a number of days'],
  maxInFlight: [count, 'a number of studies'],
};

const DEFAULT_PORT = 8081;
const DEFAULT_STATE_FOLDER = '.deephealth/chains';

/** Throws DH_CONFIG_INVALID, naming the field. */
export async function readPiafAdapterConfig(path: string): Promise<PiafAdapterConfig> {
  const config = await readConfigFields<PiafAdapterConfig>(path, FIELDS);
  const at = (place: string) => resolve(dirname(resolve(path)), place);
  const { stateFolder, uidKeyFile, roots, tenants, backend } = config;
  return {
    ...config,
    ...(stateFolder !== undefined && { stateFolder: at(stateFolder) }),
    ...(uidKeyFile !== undefined && { uidKeyFile: at(uidKeyFile) }),
    ...(roots !== undefined && { roots: roots.map((root) => ({ ...root, folder: at(root.folder) })) }),
    ...(tenants !== undefined && {
      tenants: tenants.map((one) => (one.keyFile === undefined ? one : { ...one, keyFile: at(one.keyFile) })),
    }),
    ...(backend !== undefined && { backend: parseBackend(backend) }),
  };
}

export interface PiafAdapterOptions extends Surroundings {
  readonly config: PiafAdapterConfig;
}

export interface ServedChains {
  readonly url: string;
  readonly chainIds: readonly string[];
  /** The latest runs of a caller's tenant. Throws DH_PERMISSION_DENIED for one that can be none here. */
  latestRuns(caller: Caller, count: number): readonly RunRecord[];
  /** Whether tenants prove themselves at the service alone, by keys of their own. */
  readonly hasOwnTenants: boolean;
  /** "host:port" of the contract face, if it is served. */
  readonly contractAddress?: string;
  stop(): Promise<void>;
}

function activeOf(tenants: NonNullable<PiafAdapterConfig['tenants']>): Record<string, number> {
  return Object.fromEntries(
    tenants.flatMap(({ name, maxActiveRuns }) => (maxActiveRuns === undefined ? [] : [[name, maxActiveRuns]])),
  );
}

/** Serves the chains of the packages beside the runtime of this process. */
export async function startPiaf(options: PiafAdapterOptions): Promise<ServedChains> {
  const { config, models, insecureBind, log, security } = options;
  const connection = connectionOf(options);
  const { runtime, runtimeToken } = options;
  const {
    port = DEFAULT_PORT,
    contractPort,
    contractHost,
    backend: where = { kind: 'local' },
    roots = [],
    limits,
  } = config;
  const onError = (face: string) => (thrown: unknown) => {
    const { code, details } = DeepHealthError.from(thrown);
    log('warn', face, { code, ...(details.runId !== undefined && { runId: details.runId }) });
  };
  const stateFolder = resolve(config.stateFolder ?? DEFAULT_STATE_FOLDER);
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  // Tasks are processes of their own. The key dies with this process, so that what is left of the file is of no use.
  const tokenFile = join(stateFolder, 'runtime-key');
  await rm(tokenFile, { force: true });
  if (runtimeToken !== undefined) await writeFile(tokenFile, runtimeToken, { mode: 0o600 });
  const adapter = await createPiafAdapter({
    packages: await packageFolders(models, PROCESSING_CHAIN_BINDING, config.packages),
    ...{ stateFolder, roots, program: ownProgram(), runtimeAddress: runtime },
    ...(runtimeToken !== undefined && { runtimeToken, runtimeTokenFile: tokenFile }),
    backend: chainBackend(where, (line) => log('info', 'chain-backend', { line })),
    uidKeyFile: config.uidKeyFile ?? (await siteUidKey(join(stateFolder, 'uid-key'))),
    ...(where.kind === 'local' && { runtime }),
    limits: { ...limits, maxActiveOf: activeOf(config.tenants ?? []) },
    ...(config.keepRunsDays !== undefined && { keepRunsDays: config.keepRunsDays }),
    ...(config.maxInFlight !== undefined && { maxInFlight: config.maxInFlight }),
    onError: onError('chain-runs'),
  });
  const stopListening = adapter.service.onChange(({ chain, state }) => {
    const served = state === 'COMPLETE' ? adapter.service.chains.find(({ id }) => id === chain) : undefined;
    if (served !== undefined) options.onAnswered?.('piaf', modelOf(served));
  });
  const started: { stop(): Promise<void> }[] = [
    { stop: async () => stopListening() },
    { stop: () => rm(tokenFile, { force: true }) },
    { stop: () => adapter.close() },
  ];
  const stop = async () => {
    for (const one of started.toReversed()) await one.stop();
  };
  try {
    const { host, tenants, callbackHosts, publicUrl, organization } = config;
    const server = await startChainServer({
      ...{
        service: adapter.service,
        describeChain: (chain) => adapter.describeChain(chain),
        port,
        insecureBind,
        roots,
      },
      ...security,
      ...(host !== undefined && { host }),
      ...(tenants !== undefined && { tenants }),
      ...(callbackHosts !== undefined && { callbackHosts, callbackFolder: join(stateFolder, 'callbacks') }),
      ...(publicUrl !== undefined && { publicUrl }),
      ...(organization !== undefined && { organization }),
      onError: onError('chain-server'),
    });
    started.push({ stop: () => server.close() });
    const latestRuns = (caller: Caller, pageSize: number) =>
      adapter.service.list(tenantOfCaller(caller), { pageSize }).runs;
    const about = {
      url: server.url,
      chainIds: adapter.bindingIds,
      latestRuns,
      hasOwnTenants: tenants !== undefined,
      stop,
    };
    if (contractPort === undefined) return about;
    const face = await serveContractFace({
      ...{ ...connection, port: contractPort, platform: adapter.platformFace, onError: onError('contract-face') },
      ...security,
      ...(contractHost !== undefined && { host: contractHost }),
    });
    started.push({ stop: () => face.stop() });
    return { ...about, contractAddress: face.address };
  } catch (failed) {
    await stop();
    throw failed;
  }
}
