import type { LogLevel } from '../log.js';

/** Name that is looked for in the working folder where no other file is named. */
export const CONFIG_FILE = 'deephealth.config.json';

/** What deephealth.config.json says; field by field in schemas/config.schema.json. */
export interface ServerConfig {
  /** Model stores. */
  readonly models?: readonly string[];
  readonly listen?: ListenConfig;
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
  readonly tracing?: TracingConfig;
  readonly log?: { readonly level?: LogLevel };
}

export interface ListenConfig {
  readonly host?: string;
  /** 0 for a free one. */
  readonly grpcPort?: number;
  /** 0 for a free one; null for no HTTP. */
  readonly httpPort?: number | null;
}

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
