import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createExpressifAdapter, EXPRESSIF_BINDING, startRuleServer } from '@deephealth/adapter-expressif';
import { DeepHealthError, serveContractFace } from '@deephealth/sdk';
import { type ConfigFields, count, readConfigFields, text, texts } from './config-fields.js';
import { packageFolders } from './package-folders.js';
import { connectionOf, modelOf, type Surroundings } from './surroundings.js';

/** What a file given with --adapter-config says; every field is optional. Relative paths start at its folder. */
export interface RuleAdapterConfig {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8081; 0 for a free one. */
  readonly port?: number;
  /** gRPC port of the adapter's contract face; 0 for a free one. Default: it is not served. */
  readonly contractPort?: number;
  /** Where it listens. Default 127.0.0.1; elsewhere only with "tls" and "access" of the runtime. */
  readonly contractHost?: string;
  /** Keeps edits of rules. Default .deephealth/rules in the working folder. */
  readonly stateFolder?: string;
  /** Holds the key that changes of rules are made with. Default: nobody may change any. */
  readonly editKeyFile?: string;
  /** "<name>/<version>" of the packages to be served. Default all of the stores with a binding. */
  readonly packages?: readonly string[];
  readonly maxInFlight?: number;
  readonly maxBodyBytes?: number;
}

const FIELDS: ConfigFields<RuleAdapterConfig> = {
  host: [text, 'a host name or address'],
  port: [count, 'a port'],
  contractPort: [count, 'a port'],
  contractHost: [text, 'a host name or address'],
  stateFolder: [text, 'a folder'],
  editKeyFile: [text, 'a file'],
  packages: [texts, 'a list of "<name>/<version>"'],
  maxInFlight: [count, 'a number of questions'],
  maxBodyBytes: [count, 'a number of bytes'],
};

const DEFAULT_PORT = 8081;
const DEFAULT_STATE_FOLDER = '.deephealth/rules';

/** Throws DH_CONFIG_INVALID, naming the field. */
export async function readRuleAdapterConfig(path: string): Promise<RuleAdapterConfig> {
  const { stateFolder, editKeyFile, ...config } = await readConfigFields<RuleAdapterConfig>(path, FIELDS);
  const folder = dirname(resolve(path));
  return {
    ...config,
    ...(stateFolder === undefined ? {} : { stateFolder: resolve(folder, stateFolder) }),
    ...(editKeyFile === undefined ? {} : { editKeyFile: resolve(folder, editKeyFile) }),
  };
}

export interface RuleAdapterOptions extends Surroundings {
  readonly config: RuleAdapterConfig;
}

export interface ServedRules {
  readonly url: string;
  readonly ruleBaseIds: readonly string[];
  readonly ruleBases: readonly { readonly id: string; readonly title: string; readonly model: string }[];
  /** "host:port" of the contract face, if it is served. */
  readonly contractAddress?: string;
  stop(): Promise<void>;
}

/** Serves the rule bases of the packages beside the runtime of this process. */
export async function startExpressif(options: RuleAdapterOptions): Promise<ServedRules> {
  const { config, models, insecureBind, log, security } = options;
  const connection = connectionOf(options);
  const {
    host,
    port = DEFAULT_PORT,
    contractPort,
    contractHost,
    stateFolder = DEFAULT_STATE_FOLDER,
    maxInFlight,
    maxBodyBytes,
  } = config;
  const onError = (face: string) => (thrown: unknown) => log('warn', face, { code: DeepHealthError.from(thrown).code });
  const editKey = config.editKeyFile === undefined ? undefined : await readKey(config.editKeyFile);
  const adapter = await createExpressifAdapter({
    ...{ ...connection, stateFolder: resolve(stateFolder) },
    packages: await packageFolders(models, EXPRESSIF_BINDING, config.packages),
    ...(maxInFlight === undefined ? {} : { maxInFlight }),
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
    onDecided: (id) => {
      const one = adapter.decisions.service(id);
      options.onAnswered?.('expressif', modelOf(one));
    },
  });
  const started: { stop(): Promise<void> }[] = [{ stop: () => adapter.close() }];
  const stop = async () => {
    for (const one of started.toReversed()) await one.stop();
  };
  try {
    const server = await startRuleServer({
      ...{ decisions: adapter.decisions, port, insecureBind, onError: onError('rule-server') },
      ...security,
      ...(host === undefined ? {} : { host }),
      ...(editKey === undefined ? {} : { editKey }),
    });
    started.push({ stop: () => server.close() });
    const ruleBases = adapter.decisions.services.map(({ id, binding, manifest }) => ({
      ...{ id, title: binding.title, model: manifest.name },
    }));
    const about = { url: server.url, ruleBaseIds: adapter.bindingIds, ruleBases, stop };
    if (contractPort === undefined) return about;
    const face = await serveContractFace({
      ...{ ...connection, port: contractPort, platform: adapter.platformFace, onError: onError('contract-face') },
      ...security,
      ...(contractHost !== undefined && { host: contractHost }),
      ...(maxBodyBytes === undefined ? {} : { maxMessageBytes: maxBodyBytes }),
    });
    started.push({ stop: () => face.stop() });
    return { ...about, contractAddress: face.address };
  } catch (failed) {
    await stop();
    throw failed;
  }
}

async function readKey(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new DeepHealthError('DH_CONFIG_INVALID', 'The file of "editKeyFile" cannot be read.', {
      details: { field: 'editKeyFile' },
      cause,
    });
  }
}
