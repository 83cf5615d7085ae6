import { DeepHealthError } from '@deephealth/sdk';
import { object } from './request-fields.js';

/** What the operator says of the toolkit's face. */
export interface ToolkitConfig {
  /** Passwords by name, as `hash-password` writes them. Default: nobody is let in. */
  readonly accounts: ReadonlyMap<string, string>;
  readonly projects: readonly Project[];
  readonly datasets: readonly Dataset[];
  /** Origins that `image_url` may be of. Default: none. */
  readonly imageOrigins: readonly string[];
}

export interface Project {
  readonly id: number;
  readonly name: string;
  readonly task: 'Classification' | 'Segmentation';
  /** Names of the models that it may use. */
  readonly models: readonly string[];
  /** Who may see it. */
  readonly users: readonly string[];
}

/** Pictures that lie on this machine, in a folder that the operator chose. */
export interface Dataset {
  readonly id: number;
  readonly name: string;
  readonly folder: string;
  readonly users: readonly string[];
}

/** @throws DH_CONFIG_INVALID naming the setting */
export function toToolkitConfig(document: unknown): ToolkitConfig {
  try {
    const { accounts = {}, projects = [], datasets = [], imageOrigins = [] } = object('the configuration', document);
    return {
      accounts: new Map(
        Object.entries(object('accounts', accounts)).map(([name, hash]) => [name, text('accounts', hash)]),
      ),
      projects: list('projects', projects).map(toProject),
      datasets: list('datasets', datasets).map(toDataset),
      imageOrigins: texts('imageOrigins', imageOrigins).map((origin) => {
        if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
        throw invalid('imageOrigins', 'origins, as in "https://images.hospital.example"');
      }),
    };
  } catch (thrown) {
    if (thrown instanceof DeepHealthError && thrown.code === 'DH_CONFIG_INVALID') throw thrown;
    throw invalid('the configuration', 'an object with "accounts"');
  }
}

function toProject(document: unknown): Project {
  const { id, name, task, models = [], users = [] } = object('projects', document);
  if (task !== 'Classification' && task !== 'Segmentation')
    throw invalid('projects.task', 'Classification or Segmentation');
  return {
    ...{ id: number('projects.id', id), name: text('projects.name', name), task },
    ...{ models: texts('projects.models', models), users: texts('projects.users', users) },
  };
}

function toDataset(document: unknown): Dataset {
  const { id, name, folder, users = [] } = object('datasets', document);
  return {
    ...{ id: number('datasets.id', id), name: text('datasets.name', name) },
    ...{ folder: text('datasets.folder', folder), users: texts('datasets.users', users) },
  };
}

function text(setting: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(setting, 'a text');
}

function number(setting: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw invalid(setting, 'a whole number above 0');
}

function list(setting: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(setting, 'a list');
}

function texts(setting: string, value: unknown): readonly string[] {
  return list(setting, value).map((one) => text(setting, one));
}

function invalid(setting: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `"${setting}" must be ${expected}.`, {
    details: { setting, expected },
  });
}
