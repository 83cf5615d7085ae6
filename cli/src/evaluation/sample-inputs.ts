import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type EcvlSample, readInputFile } from '@deephealth/sdk';

export interface SampleInputsOptions {
  readonly model: Pick<runtimeV1.ModelDescriptor__Output, 'inputs'>;
  /** Folder that relative locations start from. */
  readonly folder: string;
  /** Frame or page that is sent of files with several, from 0; without it such a file cannot be used. */
  readonly frame?: number;
}

/** The file of a sample as the inputs of a model. Throws DH_ECVL_FILE_INVALID, and what reading throws. */
export async function sampleInputs(
  { locations }: EcvlSample,
  { model, folder, frame }: SampleInputsOptions,
): Promise<runtimeV1.NamedInput[]> {
  const [location, ...planes] = locations;
  if (location === undefined || planes.length > 0) {
    throw sampleUnusable(`It has ${locations.length} locations; models take one file for each sample.`);
  }
  const path = placeOf(folder, location);
  return readInputFile(path, model, { frame: await frameOf(path, model, frame) });
}

/** The frame that is sent. What is known of a file is not known to be that of its first frame. */
async function frameOf(path: string, model: SampleInputsOptions['model'], frame: number | undefined): Promise<number> {
  if (!model.inputs.some(({ kind }) => kind === 'INPUT_KIND_IMAGE')) return 0;
  const { countFrames } = await import('@deephealth/runtime');
  const file = await readFile(path).catch(() => undefined);
  const frames = file === undefined ? 1 : await countFrames(file);
  if (frames === 1) return 0;
  if (frame !== undefined) return frame;
  throw sampleUnusable(
    `It has ${frames} frames or pages, and which one is meant is not known. Choose one with --frame.`,
  );
}

export function placeOf(folder: string, location: string): string {
  return isAbsolute(location) ? location : join(folder, location);
}

export function sampleUnusable(problem: string): DeepHealthError {
  return new DeepHealthError('DH_ECVL_FILE_INVALID', problem);
}
