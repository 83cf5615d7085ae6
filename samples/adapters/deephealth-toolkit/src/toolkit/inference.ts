import { randomUUID } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { askModel, DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import { imageOf, MAX_IMAGE_BYTES, type SentImage } from './image-source.js';
import { type ImageOutput, toImageOutput } from './output.js';
import type { Dataset } from './toolkit-config.js';
import type { Weights } from './weights.js';

const AT_A_TIME = 4;
const MOST_IMAGES = 10_000;

export interface Inference {
  readonly runtime: RuntimeClient;
  readonly weights: Weights;
  /** For each image, in ms. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** What the weights say of one image; the runtime refuses if it has another package by now. */
export async function inferImage(
  { runtime, weights, deadlineMs, signal }: Inference,
  image: SentImage,
): Promise<ImageOutput> {
  const { model, version, packageSha256, input } = weights;
  const { data, mediaType } = image;
  const { response } = await askModel(
    runtime,
    {
      requestId: randomUUID(),
      ...{ modelName: model, modelVersion: version, expectedPackageSha256: packageSha256 },
      inputs: [{ name: input, image: { data, mediaType } }],
    },
    { deadlineAt: Date.now() + deadlineMs, signal },
  );
  const output = toImageOutput(image.name, response);
  if (output !== undefined) return output;
  throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'The model finds what this interface has no place for.');
}

/** All images of a dataset, in the order of their names. @param onDone told how many are done */
export async function inferDataset(
  inference: Inference,
  { folder }: Dataset,
  onDone: (done: number, all: number) => void,
): Promise<readonly ImageOutput[]> {
  const names = await namesIn(folder);
  const outputs: ImageOutput[] = [];
  for (let at = 0; at < names.length; at += AT_A_TIME) {
    inference.signal.throwIfAborted();
    const some = names.slice(at, at + AT_A_TIME);
    outputs.push(...(await Promise.all(some.map(async (name) => inferImage(inference, await imageIn(folder, name))))));
    onDone(outputs.length, names.length);
  }
  return outputs;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new DeepHealthError('DH_STORE_UNREADABLE', 'The dataset cannot be read.', { cause });
  });
  // No links: they may lead out of the folder.
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  if (names.length <= MOST_IMAGES) return names.sort();
  throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', `A dataset may have up to ${MOST_IMAGES} images.`);
}

async function imageIn(folder: string, name: string): Promise<SentImage> {
  const path = join(folder, name);
  if ((await stat(path)).size > MAX_IMAGE_BYTES) {
    throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', `An image may have up to ${MAX_IMAGE_BYTES} bytes.`);
  }
  return imageOf(name, await readFile(path));
}
