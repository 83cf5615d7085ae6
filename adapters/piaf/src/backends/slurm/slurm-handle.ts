import { DeepHealthError } from '@deephealth/sdk';

/** One array of a run. Its name is durable before it is submitted, its id as soon as Slurm has said it. */
export interface SlurmArray {
  readonly jobName: string;
  /** Absent while nobody knows whether Slurm took it. */
  readonly jobId?: string;
  /** ISO 8601, UTC. */
  readonly submittedAt?: string;
  /** It was submitted, and Slurm remembers neither its name nor its id: its files say how it ended. */
  readonly isForgotten?: true;
}

/** What a backend needs to find its tasks again; opaque to those who keep it. */
export interface SlurmHandle {
  readonly version: 1;
  readonly cluster: string;
  readonly arrays: readonly SlurmArray[];
}

export const formatHandle = (handle: SlurmHandle): string => JSON.stringify(handle);

/** @throws DH_RUN_STORE_INVALID for a handle that is none of this backend */
export function parseHandle(text: string): SlurmHandle {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!isHandle(value)) {
    const expected = 'one that the Slurm backend wrote';
    throw new DeepHealthError('DH_RUN_STORE_INVALID', `handle: expected ${expected}.`, {
      details: { field: 'handle' },
    });
  }
  return value;
}

function isHandle(value: unknown): value is SlurmHandle {
  if (typeof value !== 'object' || value === null) return false;
  const { version, cluster, arrays } = value as Partial<Record<keyof SlurmHandle, unknown>>;
  return version === 1 && typeof cluster === 'string' && Array.isArray(arrays) && arrays.every(isArray);
}

function isArray(value: unknown): value is SlurmArray {
  if (typeof value !== 'object' || value === null) return false;
  const { jobName, jobId, submittedAt, isForgotten } = value as Partial<Record<keyof SlurmArray, unknown>>;
  // Names become names of files, ids arguments of commands.
  return (
    typeof jobName === 'string' &&
    /^[A-Za-z0-9_-]{1,150}$/.test(jobName) &&
    (jobId === undefined || (typeof jobId === 'string' && /^\d{1,10}$/.test(jobId))) &&
    (submittedAt === undefined || typeof submittedAt === 'string') &&
    (isForgotten === undefined || isForgotten === true)
  );
}
