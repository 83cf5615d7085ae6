import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { CDS_MODELS } from './cds-models.js';
import { cdsSettings } from './suite-clients.js';

export interface CdsFolder {
  readonly models: readonly WrittenModel[];
  /** Path of the JSON file that tells an adapter everything; CdsSettings. */
  readonly settings: string;
}

/** Where the suite is, as far as that is known. */
export interface CdsPlaces {
  /** "host:port" of its runtime. */
  readonly runtime?: string;
  /** URL of its platform. */
  readonly platform?: string;
}

/**
 * Writes the suite's packages with their bindings, and beside them what an adapter must be told of. The same
 * bytes each time, but for the places where things lie.
 */
export function writeCdsFolder(folder: string, { runtime, platform }: CdsPlaces = {}): CdsFolder {
  const packages = join(resolve(folder), 'packages');
  const stateFolder = join(resolve(folder), 'state');
  mkdirSync(stateFolder, { recursive: true });
  const models = writeModels(packages, CDS_MODELS);
  const settings = cdsSettings({
    packages: models.map((one) => one.folder),
    stateFolder,
    fhirServers: platform === undefined ? [] : [`${platform}/fhir`],
    ...(runtime !== undefined && { runtime }),
  });
  const path = join(resolve(folder), 'settings.json');
  writeFileSync(path, `${JSON.stringify(settings, null, 2)}\n`);
  return { models, settings: path };
}
