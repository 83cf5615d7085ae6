import type { runtimeV1 } from '@deephealth/proto';
import { readPicture } from '@deephealth/runtime';
import type { GridFinding } from '../../results/grid-finding.js';
import { backgroundOf } from '../../results/read-background.js';

/** Of a picture that is shown by itself. */
const MOST_PIXELS = 64_000_000;

type Bytes = Buffer | Uint8Array | string;

/** What a finding lies on, sample by sample; undefined where the input was no file. */
export function sentBackground(
  inputs: readonly runtimeV1.NamedInput[],
  finding: GridFinding,
): Promise<Uint8Array | undefined> {
  const { image, volume } = pictured(inputs);
  if (image?.data) {
    return backgroundOf(
      { file: 'input', files: [toBytes(image.data)], isFolder: false, frame: image.frame ?? 0 },
      finding,
    );
  }
  const series = volume?.series?.files ?? (volume?.file ? [volume.file] : []);
  const files = series.flatMap(({ data }) => (data ? [toBytes(data)] : []));
  if (files.length === 0) return Promise.resolve(undefined);
  const isNifti = series[0]?.mediaType === 'application/x-nifti';
  return backgroundOf({ file: isNifti ? 'input.nii' : 'input', files, isFolder: files.length > 1, frame: 0 }, finding);
}

/** The image that was sent; undefined where none was. */
export async function sentPicture(inputs: readonly runtimeV1.NamedInput[]) {
  const { image } = pictured(inputs);
  return image?.data ? readPicture(toBytes(image.data), image.frame ?? 0, MOST_PIXELS) : undefined;
}

function pictured(inputs: readonly runtimeV1.NamedInput[]): runtimeV1.NamedInput {
  return inputs.find(({ image, volume }) => image || volume) ?? {};
}

function toBytes(data: Bytes): Uint8Array {
  return typeof data === 'string'
    ? Buffer.from(data, 'base64')
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
