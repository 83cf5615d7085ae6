import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { type RuntimeServer, silentLog, startRuntimeServer } from '@deephealth/runtime';
import {
  createRuntimeClient,
  DeepHealthError,
  type Manifest,
  parseManifest,
  type RuntimeClient,
  readInputFile,
} from '@deephealth/sdk';
import { type ServedAdapter, startAdapter } from '../adapters/start-adapter.js';
import type { AddedSample } from './platform-check.js';
import type { PlatformName } from './stage-record.js';

/** A runtime that serves one package on a free port of loopback, for as long as it is checked. */
export interface CheckSession {
  readonly manifest: Manifest;
  readonly model: runtimeV1.ModelDescriptor__Output;
  readonly client: RuntimeClient;
  /** A folder of its own, gone with the session. */
  readonly folder: string;
  /** The package as it is served. */
  readonly packageFolder: string;
  /** The sample as a file that `deephealth predict` reads. */
  sampleFile(sample: AddedSample): Promise<string>;
  /** What the contract says of the sample, asked without any adapter. */
  predict(inputs: runtimeV1.NamedInput[]): Promise<runtimeV1.PredictResponse__Output>;
  inputsOf(sample: AddedSample): Promise<runtimeV1.NamedInput[]>;
  /** The adapter in front of the runtime, on free ports; stop it before the session is closed. */
  startAdapter(platform: PlatformName): Promise<ServedAdapter>;
  close(): Promise<void>;
}

const STOP_GRACE_MS = 2_000;
const DEADLINE_MS = 60_000;

/**
 * Copies the package into a store of its own and serves it.
 *
 * @throws why the package is not served: what `deephealth validate` would say
 */
export async function openCheckSession(source: string): Promise<CheckSession> {
  const manifest = parseManifest(await readFile(join(source, 'model.json')));
  const { name, version } = manifest;
  const folder = await mkdtemp(join(tmpdir(), 'deephealth-check-'));
  const opened: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 3 })];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  try {
    const store = join(folder, 'models');
    const packageFolder = join(store, name, version);
    await cp(source, packageFolder, { recursive: true, dereference: true });
    const server = await startRuntimeServer({
      ...{ models: [store], port: 0, stateFolder: join(folder, 'state'), drainGraceMs: STOP_GRACE_MS },
      log: silentLog,
    });
    opened.push(() => server.stop());
    await server.verified;
    assertReady(server);
    const client = createRuntimeClient({ address: server.address, defaultDeadlineMs: DEADLINE_MS });
    opened.push(async () => client.close());
    const model = await client.getModel(name, version);
    const sampleFile = (sample: AddedSample) => asFile(sample, manifest, folder);
    return {
      ...{ manifest, model, client, folder, packageFolder, sampleFile, close },
      predict: (inputs) => client.predict({ modelName: name, modelVersion: version, inputs }),
      inputsOf: async (sample) => readInputFile(await sampleFile(sample), model),
      startAdapter: (platform) => adapterOf(platform, server, store, folder),
    };
  } catch (failed) {
    await close();
    throw failed;
  }
}

function assertReady(server: RuntimeServer): void {
  const [model] = server.store.all();
  if (model?.state === 'READY') return;
  const { code = 'DH_MODEL_LOAD_FAILED', message = 'The package was not served.' } = model?.reason ?? {};
  throw new DeepHealthError(code, message);
}

async function adapterOf(
  platform: PlatformName,
  server: RuntimeServer,
  store: string,
  folder: string,
): Promise<ServedAdapter> {
  const config = join(folder, `${platform}.json`);
  await writeFile(config, JSON.stringify({ stateFolder: join(folder, `state-${platform}`) }));
  const { address: runtime, token: runtimeToken } = await server.connectAs(`adapter:${platform}`);
  const hasHttp = platform !== 'digital-pathology';
  return startAdapter(
    { adapter: platform, adapterContractPort: 0, ...(hasHttp && { adapterConfig: config, adapterPort: 0 }) },
    {
      ...{ runtime, ...(runtimeToken !== undefined && { runtimeToken }), security: server.security },
      ...{ models: [store], insecureBind: false, isProduction: false, log: silentLog },
    },
  );
}

async function asFile({ path, values }: AddedSample, manifest: Manifest, folder: string): Promise<string> {
  if (values === undefined) return path;
  const [input] = manifest.inputs;
  if (input?.kind !== 'table' || manifest.inputs.length !== 1) {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', 'Values are a sample of a model with one table alone.');
  }
  const columns = input.columns.map((column) => {
    const value = values[column.name] ?? null;
    const isNumber = column.type === 'number' && value !== null;
    return [column.name, isNumber ? { value, unit: column.unit } : value] as const;
  });
  const file = join(folder, `sample${extname(path) === '.json' ? '-values' : ''}.json`);
  await writeFile(file, JSON.stringify(Object.fromEntries(columns)));
  return file;
}
