import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { CONFIG_FILE, loadServerConfig, type ServerConfig } from '@deephealth/runtime';

export interface ServerConfigFile {
  /** Without its folder. */
  readonly name: string;
  readonly config: ServerConfig;
}

/** The file that was named, or the one in the working folder if there is one. Throws DH_CONFIG_INVALID. */
export async function findServerConfig(named: string | undefined): Promise<ServerConfigFile | undefined> {
  const path = named ?? (existsSync(CONFIG_FILE) ? CONFIG_FILE : undefined);
  return path === undefined ? undefined : { name: basename(path), config: await loadServerConfig(path) };
}
