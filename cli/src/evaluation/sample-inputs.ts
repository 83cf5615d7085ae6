import { isAbsolute, join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type EcvlSample, readInputFile } from '@deephealth/sdk';
import { framesOf, noFrameChosen } from './frames-of.js';

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
  const frames = await framesOf(path, model);
  if (frames > 1 && frame === undefined) throw sampleUnusable(noFrameChosen(frames));
  // Of a file with one frame, it is this one, whatever is sent of the others.
  return readInputFile(path, model, { frame: frames > 1 ? (frame ?? 0) : 0 });
}

export function placeOf(folder: string, location: string): string {
  return isAbsolute(location) ? location : join(folder, location);
}

export function sampleUnusable(problem: string): DeepHealthError {
  return new DeepHealthError('DH_ECVL_FILE_INVALID', problem);
}
