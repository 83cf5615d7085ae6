import type { ConfigOverrides, LogLevel, RepositoryMode } from '@deephealth/runtime';
import type { ADAPTERS } from '../adapters/start-adapter.js';
import { maxMessageBytes } from './max-message-option.js';

/** Flags of `deephealth serve`; undefined where they were not given. */
export interface ServeFlags {
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
  readonly logLevel?: LogLevel;
  readonly adapter?: (typeof ADAPTERS)[number];
  readonly adapterConfig?: string;
  readonly adapterPort?: number;
  readonly adapterContractPort?: number;
  readonly handshake?: boolean;
  readonly json?: boolean;
}

/** What the flags say, in the form of the configuration that they win over. */
export function toOverrides(flags: ServeFlags): ConfigOverrides {
  return {
    models: flags.models,
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
  };
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}
