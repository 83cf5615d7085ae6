import type { AccessOptions, ServerTlsOptions } from '@deephealth/sdk';
import type { IsolationSettings } from '../isolation/isolation-settings.js';
import type { LogLevel } from '../log.js';

/** Name that is looked for in the working folder where no other file is named. */
export const CONFIG_FILE = 'deephealth.config.json';

/** What deephealth.config.json says; field by field in schemas/config.schema.json. */
export interface ServerConfig {
  /** Model stores. */
  readonly models?: readonly string[];
  readonly listen?: ListenConfig;
  readonly profile?: 'development' | 'production';
  readonly tls?: ServerTlsOptions;
  readonly access?: AccessOptions;
  readonly stateFolder?: string;
  readonly serverName?: string;
  readonly repository?: RepositoryConfig;
  readonly versionPolicy?: VersionPolicyConfig;
  readonly limits?: LimitsConfig;
  /** By model name. */
  readonly modelSettings?: Readonly<Record<string, ModelSettingsConfig>>;
  /** By model name: the inference server that runs it. */
  readonly remotes?: Readonly<Record<string, RemoteConfig>>;
  readonly maxMessageBytes?: number;
  readonly maxTensorElements?: number;
  readonly maxStreamItemsInFlight?: number;
  readonly defaultDeadlineMs?: number;
  readonly drainGraceMs?: number;
  readonly sharedMemory?: boolean;
  readonly isolation?: IsolationSettings;
  readonly tracing?: TracingConfig;
  readonly trust?: TrustConfig;
  /** By model name. */
  readonly rollouts?: Readonly<Record<string, RolloutConfig>>;
  readonly log?: { readonly level?: LogLevel };
  readonly audit?: AuditConfig;
  /** Whether the web console is served where HTTP is on. */
  readonly console?: boolean;
  /** Folder with a folder for each model, of files to be tried in the console. */
  readonly consoleExamples?: string;
}

export interface AuditConfig {
  /** Default true where the section is there. */
  readonly enabled?: boolean;
  readonly durable?: boolean;
  readonly segmentMiB?: number;
  readonly segmentHours?: number;
  readonly retentionDays?: number;
  readonly recordRefusals?: boolean;
  readonly signingKeyFile?: string;
}

/** Whose packages are served. */
export interface TrustConfig {
  /** Files and folders of trusted keys. */
  readonly keys: string | readonly string[];
  readonly requireSignatures?: boolean;
  /** Names of keys of which each must have signed. */
  readonly requiredSigners?: readonly string[];
  /** Digests that are never served. */
  readonly revokedPackages?: readonly string[];
}

export interface RolloutConfig {
  readonly candidate?: TrialConfig;
  readonly tenants?: readonly string[];
  readonly shadow?: TrialConfig;
}

export interface TrialConfig {
  readonly version: string;
  /** 0 to 1. */
  readonly share: number;
}

export interface ListenConfig {
  readonly host?: string;
  /** 0 for a free one. */
  readonly grpcPort?: number;
  /** 0 for a free one; null for no HTTP. */
  readonly httpPort?: number | null;
}

/** How versions are found after the start. */
export type RepositoryMode = 'none' | 'poll' | 'explicit';

export interface RepositoryConfig {
  readonly mode?: RepositoryMode;
  readonly pollIntervalMs?: number;
  readonly load?: readonly string[];
}

export type VersionPolicyConfig = 'all' | { readonly latest: number } | { readonly specific: readonly string[] };

export interface LimitsConfig {
  readonly memoryMiB?: number;
  readonly loadTimeoutMs?: number;
  readonly runTimeoutMs?: number;
  readonly abandonGraceMs?: number;
  readonly maxQueueLength?: number;
  readonly intraOpThreads?: number;
  readonly instances?: number;
  readonly maxBatchSize?: number;
  readonly maxSequences?: number;
  readonly recycleAboveMiB?: number;
}

export interface ModelSettingsConfig {
  readonly versionPolicy?: VersionPolicyConfig;
  readonly limits?: LimitsConfig;
}

export interface RemoteConfig {
  /** "host:port". */
  readonly address: string;
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly maxMessageBytes?: number;
}

export interface TracingConfig {
  readonly otlpEndpoint?: string;
  readonly sampleRatio?: number;
}
