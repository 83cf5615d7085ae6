import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_STATE_FOLDER } from '@deephealth/runtime';
import type { Command } from 'commander';
import { findServerConfig } from '../server-config-file.js';

export interface FolderOption {
  readonly folder?: string;
  readonly config?: string;
}

/** Adds the options that say where the log lies. */
export function withFolderOptions(command: Command): Command {
  return command
    .option(
      '--folder <folder>',
      'audit folder, or state folder (default: that of the configuration, .deephealth/audit)',
    )
    .option('--config <file>', 'configuration of the server');
}

/** The folder of the log: a state folder may be named in its place. */
export async function auditFolder({ folder, config }: FolderOption): Promise<string> {
  if (folder !== undefined) return withinState(folder);
  const file = await findServerConfig(config);
  return join(file?.config.stateFolder ?? DEFAULT_STATE_FOLDER, 'audit');
}

export function withinState(folder: string): string {
  const inside = join(folder, 'audit');
  return existsSync(inside) ? inside : folder;
}
