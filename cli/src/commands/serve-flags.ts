import type { ConfigOverrides, LogLevel, RepositoryMode } from '@deephealth/runtime';
import type { AdapterSelection } from '../adapters/plan-adapters.js';
import { maxMessageBytes } from './max-message-option.js';

/** Flags of `deephealth serve`; undefined where they were not given. */
export interface ServeFlags extends AdapterSelection {
  readonly config?: string;
  readonly models?: string[];
  readonly host?: string;
  readonly port?: number;
  readonly httpPort?: number | 'off';
  readonly repository?: RepositoryMode;
  /** MiB. */
  readonly memory?: number;
  /** MiB. */
  readonly maxMessage?: number;
  /** Seconds. */
  readonly runTimeout?: number;
  /** Seconds. */
  readonly drainGrace?: number;
  readonly insecureIKnow?: boolean;
  readonly profile?: 'development' | 'production';
  readonly logLevel?: LogLevel;
  readonly stateFolder?: string;
  readonly audit?: 'durable' | 'fast' | 'off';
  /** Files and folders of trusted keys. */
  readonly trust?: string[];
  readonly allowUnsigned?: boolean;
  /** False with --no-console. */
  readonly console?: boolean;
  readonly handshake?: boolean;
  readonly json?: boolean;
}

/** What the flags say, in the form of the configuration that they win over. */
export function toOverrides(flags: ServeFlags): ConfigOverrides {
  return {
    models: flags.models,
    profile: flags.profile,
    listen: {
      host: flags.host,
      grpcPort: flags.port,
      httpPort: flags.httpPort === 'off' ? null : flags.httpPort,
    },
    repository: { mode: flags.repository },
    limits: { memoryMiB: flags.memory, runTimeoutMs: toMs(flags.runTimeout) },
    maxMessageBytes: maxMessageBytes(flags.maxMessage),
    drainGraceMs: toMs(flags.drainGrace),
    log: { level: flags.logLevel },
    stateFolder: flags.stateFolder,
    // Without the flag, the configuration says it.
    console: flags.console === false ? false : undefined,
    audit:
      flags.audit === undefined
        ? undefined
        : { enabled: flags.audit !== 'off', durable: flags.audit === 'off' ? undefined : flags.audit === 'durable' },
    ...((flags.trust ?? flags.allowUnsigned) !== undefined && {
      trust: { keys: flags.trust, requireSignatures: flags.allowUnsigned === true ? false : undefined },
    }),
  };
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}
