import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { expressifModels, RELATION_MODELS } from './expressif-models.js';

/** What an adapter for rule bases is told, as a JSON file. */
export interface ExpressifSettings {
  /** "host:port"; absent before the suite has started it. */
  readonly runtime?: string;
  /** Folders of the packages. */
  readonly packages: readonly string[];
  /** More of them, for an adapter that declares the capability `relations`. */
  readonly relationPackages: readonly string[];
  /** Questions that it takes at a time; what comes beyond is refused. */
  readonly maxInFlight: number;
  /** Key that lets rules be changed, for an adapter that has a face over HTTP. */
  readonly editKey: string;
}

export const QUESTIONS_IN_FLIGHT = 8;
export const EDIT_KEY = 'conformance-edit-key-4c1f9a';

/** Writes the suite's packages with their rules, and beside them the settings. The same bytes each time. */
export function writeExpressifFolder(
  folder: string,
  { runtime }: { readonly runtime?: string } = {},
): { readonly models: readonly WrittenModel[]; readonly settings: string } {
  const packages = join(resolve(folder), 'packages');
  mkdirSync(packages, { recursive: true });
  const models = writeModels(packages, expressifModels());
  const isRelation = ({ model }: WrittenModel) => RELATION_MODELS.includes(model.name);
  const settings: ExpressifSettings = {
    ...(runtime !== undefined && { runtime }),
    packages: models.filter((one) => !isRelation(one)).map((one) => one.folder),
    relationPackages: models.filter(isRelation).map((one) => one.folder),
    maxInFlight: QUESTIONS_IN_FLIGHT,
    editKey: EDIT_KEY,
  };
  const path = join(resolve(folder), 'settings.json');
  writeFileSync(path, `${JSON.stringify(settings, null, 2)}\n`);
  return { models, settings: path };
}
