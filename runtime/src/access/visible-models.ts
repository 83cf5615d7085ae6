import { type Caller, maySeeModel } from '@deephealth/sdk';

interface Lookup<Model> {
  find(name: string, version: string): Model;
  versions(name: string): readonly Model[];
  all(): readonly Model[];
}

/** The models that a caller's rules let it see. Asking for another one by its name is for others to refuse. */
export function visibleModels<Model extends { readonly name: string }>(
  models: Lookup<Model>,
  caller: Caller,
): Lookup<Model> {
  if (caller.models === undefined && caller.tenantModels === undefined) return models;
  return {
    find: (name, version) => models.find(name, version),
    versions: (name) => models.versions(name),
    all: () => models.all().filter(({ name }) => maySeeModel(caller, name)),
  };
}
