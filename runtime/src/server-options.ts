import type { AccessOptions, Http2Limits, ServerTlsOptions } from '@deephealth/sdk';
import type { AuditSettings } from './audit/audit-settings.js';
import type { OnControl } from './audit/control-event.js';
import type { RolloutPlan } from './control/control-state.js';
import type { InnerRoutes } from './inner-routes.js';
import type { IsolationSettings } from './isolation/isolation-settings.js';
import type { ModelLimits } from './lifecycle/model-limits.js';
import type { Log } from './log.js';
import type { RemoteTarget } from './remote/remote-target.js';
import type { ModelSettings } from './store/model-store.js';
import type { VersionPolicy } from './store/version-policy.js';
import type { TrustSettings } from './trust/trust-guard.js';

/** What `startRuntimeServer` takes. */
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
  /**
   * `production` refuses to start without TLS and access control, and offers nothing that only developers need:
   * reflection is off. Default `development`.
   */
  readonly profile?: 'development' | 'production';
  /** Certificate of both faces. */
  readonly tls?: ServerTlsOptions;
  /** Who may call. Absent: whoever reaches the server, which is then kept to loopback. */
  readonly access?: AccessOptions;
  /** Folder of what must survive a restart, for this server alone. Default ".deephealth" in the working folder; made when it is needed. */
  readonly stateFolder?: string;
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
  /** Limits of gRPC connections that differ from the usual ones. */
  readonly http2?: Partial<Http2Limits>;
  readonly repository?: RepositoryOptions;
  /** Which versions of a model serve; default all. */
  readonly versionPolicy?: VersionPolicy;
  /** What holds for one model, by its name. */
  readonly modelSettings?: Readonly<Record<string, ModelSettings>>;
  /** Other inference servers, by the name of the model that they run for us. */
  readonly remotes?: Readonly<Record<string, RemoteTarget>>;
  /** Keeps a record of every inference; default none. */
  readonly audit?: AuditSettings;
  /** What model hosts are kept from; default `best-effort`. */
  readonly isolation?: IsolationSettings;
  /** Whose packages are served; default anybody's. */
  readonly trust?: TrustSettings;
  /** By model name: which version answers a share of the requests, and which runs in the shadow. */
  readonly rollouts?: Readonly<Record<string, RolloutPlan>>;
  /**
   * Hears of every load, unload and verification before it is done, and of every suspension, release and rollout once
   * it holds and is on the disk. A rejection fails the call.
   */
  readonly onControl?: OnControl;
  /** More of what is answered over HTTP, where that is on. */
  readonly innerRoutes?: InnerRoutes;
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
