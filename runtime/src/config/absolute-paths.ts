import { resolve } from 'node:path';
import type { ServerConfig } from './server-config.js';

/** A configuration whose files and folders start at the root: those that it names relatively begin at `folder`. */
export function withAbsolutePaths(config: ServerConfig, folder: string): ServerConfig {
  const { models, stateFolder, tls, access, audit, trust, consoleExamples } = config;
  const at = (path: string) => resolve(folder, path);
  return {
    ...config,
    ...(models !== undefined && { models: models.map(at) }),
    ...(stateFolder !== undefined && { stateFolder: at(stateFolder) }),
    ...(consoleExamples !== undefined && { consoleExamples: at(consoleExamples) }),
    ...(trust && { trust: { ...trust, keys: [trust.keys].flat().map(at) } }),
    ...(tls !== undefined && {
      tls: {
        ...tls,
        certificate: at(tls.certificate),
        key: at(tls.key),
        ...(tls.clientCa !== undefined && { clientCa: at(tls.clientCa) }),
        ...(tls.clientCrl !== undefined && { clientCrl: at(tls.clientCrl) }),
      },
    }),
    ...(audit?.signingKeyFile !== undefined && { audit: { ...audit, signingKeyFile: at(audit.signingKeyFile) } }),
    ...(access !== undefined && {
      access: {
        ...access,
        ...(access.keysFile !== undefined && { keysFile: at(access.keysFile) }),
        ...(access.tokens !== undefined && {
          tokens: access.tokens.map(({ jwksFile, ...issuer }) => ({
            ...issuer,
            ...(jwksFile !== undefined && { jwksFile: at(jwksFile) }),
          })),
        }),
      },
    }),
  };
}
