import type { RepositoryConfig, ServerConfig } from './server-config.js';

const DEFAULT_HTTP_PORT = 8080;

/** Options of a server that a configuration states; what it leaves out is the server's default. */
export interface ConfiguredServerOptions
  extends Omit<ServerConfig, 'listen' | 'models' | 'log'>,
    Pick<Required<ServerConfig>, 'models'> {
  readonly host?: string;
  /** gRPC; 0 for a free one. */
  readonly port?: number;
  /** 0 for a free one; absent for no HTTP. */
  readonly httpPort?: number;
  readonly repository?: RepositoryConfig;
}

/**
 * A configuration as options of `startRuntimeServer`. HTTP is on unless it is turned off: on port
 * 8080, or on a free one where gRPC takes a free one too, so that servers started so never collide.
 */
export function toServerOptions(config: ServerConfig): ConfiguredServerOptions {
  const { listen, log: _log, models = [], ...settings } = config;
  const httpPort = listen?.httpPort === undefined ? defaultHttpPort(listen?.grpcPort) : listen.httpPort;
  return {
    ...settings,
    models,
    ...(listen?.host !== undefined && { host: listen.host }),
    ...(listen?.grpcPort !== undefined && { port: listen.grpcPort }),
    ...(httpPort !== null && { httpPort }),
  };
}

function defaultHttpPort(grpcPort: number | undefined): number {
  return grpcPort === 0 ? 0 : DEFAULT_HTTP_PORT;
}
