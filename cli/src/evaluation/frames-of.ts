import { readFile } from 'node:fs/promises';
import type { runtimeV1 } from '@deephealth/proto';

/** Frames or pages of a file, of which one is sent to the model; 1 for what holds no image, or cannot be read. */
export async function framesOf(
  path: string,
  model: Pick<runtimeV1.ModelDescriptor__Output, 'inputs'>,
): Promise<number> {
  if (!model.inputs.some(({ kind }) => kind === 'INPUT_KIND_IMAGE')) return 1;
  const { countFrames } = await import('@deephealth/runtime');
  const file = await readFile(path).catch(() => undefined);
  return file === undefined ? 1 : countFrames(file);
}

/** Why none of several is taken: a score of the first one would pass for one of the file. */
export function noFrameChosen(frames: number): string {
  return `It has ${frames} frames or pages, and which one is meant is not known. Choose one with --frame.`;
}
