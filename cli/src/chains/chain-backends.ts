import { availableParallelism } from 'node:os';
import {
  type ChainBackend,
  createCwlBackend,
  createLocalBackend,
  createSlurmBackend,
  type SlurmBackendOptions,
} from '@deephealth/adapter-piaf';
import { DeepHealthError } from '@deephealth/sdk';

/** Where tasks are done, as a configuration says it. */
export type BackendConfig =
  | { readonly kind: 'local'; readonly maxTasks?: number }
  | ({ readonly kind: 'slurm' } & Omit<SlurmBackendOptions, 'commands' | 'log'>)
  | { readonly kind: 'cwl'; readonly engine: readonly string[] };

export const BACKENDS = ['local', 'slurm', 'cwl'] as const;

/**
 * Tasks of Slurm and of engines may run on other machines: only local ones reach a runtime on loopback.
 *
 * @throws DH_CONFIG_INVALID naming the field
 */
export function chainBackend(config: BackendConfig, log: (line: string) => void): ChainBackend {
  switch (config.kind) {
    case 'local':
      return createLocalBackend({
        cores: availableParallelism(),
        ...(config.maxTasks !== undefined && { maxTasks: config.maxTasks }),
      });
    case 'slurm': {
      const { kind: _, ...options } = config;
      return createSlurmBackend({ ...options, log });
    }
    case 'cwl':
      return createCwlBackend({ engine: config.engine });
  }
}

/** Checks what was read from a file. @throws DH_CONFIG_INVALID naming the field */
export function parseBackend(value: unknown): BackendConfig {
  const config = (typeof value === 'object' && value !== null ? value : {}) as Partial<BackendConfig>;
  const { kind } = config;
  if (kind === undefined || !BACKENDS.includes(kind)) throw invalid('backend.kind', BACKENDS.join(', '));
  if (kind === 'cwl') {
    const { engine } = config as { engine?: unknown };
    const isCommand = Array.isArray(engine) && engine.length > 0 && engine.every((one) => typeof one === 'string');
    if (!isCommand) throw invalid('backend.engine', 'the command of an engine as a list, such as ["cwltool"]');
  }
  if (kind === 'local') {
    const { maxTasks } = config as { maxTasks?: unknown };
    const isCount = maxTasks === undefined || (Number.isSafeInteger(maxTasks) && (maxTasks as number) > 0);
    if (!isCount) throw invalid('backend.maxTasks', 'a whole number from 1');
  }
  return config as BackendConfig;
}

function invalid(field: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `Field "${field}" must be ${expected}.`, { details: { field } });
}
