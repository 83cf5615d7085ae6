import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DeepHealthError, type EcvlDataset, type EcvlSample } from '@deephealth/sdk';

/** Throws DH_ECVL_FILE_INVALID. */
export async function readDatasetFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new DeepHealthError(
      'DH_ECVL_FILE_INVALID',
      `The dataset file "${basename(path)}" cannot be read. Check the path.`,
      { cause },
    );
  }
}

/** What a report calls the samples where no split was named. */
export const ALL_SAMPLES = 'all samples';

/** Samples of a split, or all. Throws DH_CONFIG_INVALID for a split that is not there. */
export function samplesOf({ samples, splits }: EcvlDataset, split: string | undefined): EcvlSample[] {
  if (split === undefined) return [...samples];
  const indices = splits.get(split);
  if (indices === undefined) {
    const names = [...splits.keys()].map((name) => JSON.stringify(name)).join(', ') || 'none';
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `The dataset has no split ${JSON.stringify(split)}. It has ${names}.`,
    );
  }
  return indices.map((index) => samples[index] as EcvlSample);
}
