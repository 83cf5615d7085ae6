import type { ModelLimits } from './lifecycle/model-limits.js';
import type { Log } from './log.js';
import type { RemoteTarget } from './remote/remote-target.js';
import type { ModelSettings } from './store/model-store.js';
import type { VersionPolicy } from './store/version-policy.js';

export interface RuntimeServerOptions {
  /** Store folders with `<name>/<version>/` packages. */
  readonly models: readonly string[];
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8500; 0 for a free port. */
  readonly port?: number;
  /** HTTP: the protocol's REST face and metrics; 0 for a free one, left out for none. */
  readonly httpPort?: number;
  /** Name that clients of the Open Inference Protocol see; default "deephealth-runtime". */
  readonly serverName?: string;
  /** Lets clients of this machine pass tensors through POSIX shared memory; default false. */
  readonly sharedMemory?: boolean;
  /** Where traces go; default nowhere. */
  readonly tracing?: { readonly otlpEndpoint?: string; readonly sampleRatio?: number };
  /** Allows another address than loopback without TLS and authentication. */
  readonly insecureBind?: boolean;
  /** Largest message in either direction, in bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
  readonly maxTensorElements?: number;
  readonly maxStreamItemsInFlight?: number;
  /** Deadline of a call that states none, in ms; default 60,000. */
  readonly defaultDeadlineMs?: number;
  /** Time that stop and unload wait for running work, in ms; default 10,000. */
  readonly drainGraceMs?: number;
  readonly limits?: Partial<ModelLimits>;
  readonly repository?: RepositoryOptions;
  /** Which versions of a model serve; default all. */
  readonly versionPolicy?: VersionPolicy;
  /** What holds for one model, by its name. */
  readonly modelSettings?: Readonly<Record<string, ModelSettings>>;
  /** Other inference servers, by the name of the model that they run for us. */
  readonly remotes?: Readonly<Record<string, RemoteTarget>>;
  readonly log?: Log;
}

/** How the server follows its model stores. */
export interface RepositoryOptions {
  /**
   * `none`: everything is loaded at the start, changes on disk are not followed. `poll`: new,
   * changed and removed packages are followed. `explicit`: only what `load` names is loaded at the
   * start. LoadModel and UnloadModel work in all three. Default `none`.
   */
  readonly mode?: 'none' | 'poll' | 'explicit';
  /** Default 5000. */
  readonly pollIntervalMs?: number;
  /** Models that `explicit` loads at the start. */
  readonly load?: readonly string[];
}
