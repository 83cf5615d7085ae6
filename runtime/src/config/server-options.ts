import { join } from 'node:path';
import type { AuditSettings } from '../audit/audit-settings.js';
import type { AuditConfig, RepositoryConfig, ServerConfig } from './server-config.js';

const DEFAULT_HTTP_PORT = 8080;

/** Options of a server that a configuration states; what it leaves out is the server's default. */
export interface ConfiguredServerOptions
  extends Omit<ServerConfig, 'listen' | 'models' | 'log' | 'audit' | 'console' | 'consoleExamples'>,
    Pick<Required<ServerConfig>, 'models'> {
  readonly host?: string;
  /** gRPC; 0 for a free one. */
  readonly port?: number;
  /** 0 for a free one; absent for no HTTP. */
  readonly httpPort?: number;
  readonly repository?: RepositoryConfig;
  readonly audit?: AuditSettings;
}

/** In the working folder. */
export const DEFAULT_STATE_FOLDER = '.deephealth';

/**
 * A configuration as options of `startRuntimeServer`. HTTP is on unless it is turned off: on port
 * 8080, or on a free one where gRPC takes a free one too, so that servers started so never collide.
 */
export function toServerOptions(config: ServerConfig): ConfiguredServerOptions {
  const { listen, log: _log, models = [], audit: auditConfig, ...others } = config;
  const { console: _console, consoleExamples: _consoleExamples, ...settings } = others;
  const httpPort = listen?.httpPort === undefined ? defaultHttpPort(listen?.grpcPort) : listen.httpPort;
  const audit = toAuditSettings(auditConfig, config.stateFolder);
  return {
    ...settings,
    models,
    ...(listen?.host !== undefined && { host: listen.host }),
    ...(listen?.grpcPort !== undefined && { port: listen.grpcPort }),
    ...(httpPort !== null && { httpPort }),
    ...(audit && { audit }),
  };
}

function toAuditSettings(
  config: AuditConfig | undefined,
  stateFolder = DEFAULT_STATE_FOLDER,
): AuditSettings | undefined {
  const { enabled = config !== undefined, ...settings } = config ?? {};
  return enabled ? { ...settings, folder: join(stateFolder, 'audit') } : undefined;
}

function defaultHttpPort(grpcPort: number | undefined): number {
  return grpcPort === 0 ? 0 : DEFAULT_HTTP_PORT;
}
