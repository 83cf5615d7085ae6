import { decodeDicom, decodeFrame } from '../decoders/decode-dicom.js';
import { DicomRefusal } from '../decoders/dicom-refusal.js';
import { type OpenedDicom, openDicom } from '../decoders/open-dicom.js';
import { affineFault } from './affine-check.js';
import type { DecodedVolume } from './placed-volume.js';
import { readFrameSlices, readSeriesSlice, type SeriesSlice } from './series-slice.js';
import { SeriesFault, type StackedSlices, stackSlices } from './stack-slices.js';

export const HOUNSFIELD = "[hnsf'U]";

/**
 * A DICOM series, or the frames of one enhanced file, as a volume: slices ordered and spaced by their
 * positions, stored values through the rescale of each slice in FP64, rounded once to FP32. The files are
 * borrowed and only read.
 *
 * @throws DicomRefusal for a file that is no slice, SeriesFault for slices that are not one volume or are
 * more voxels than allowed, which is seen before any pixel is decoded
 */
export async function decodeSeries(
  files: readonly Uint8Array[],
  limits: { readonly maxVoxels: number },
): Promise<DecodedVolume> {
  const { stack, enhanced } = await stackFiles(files, limits.maxVoxels);
  const { width, height, depth } = stack.grid;
  const pixels = width * height;
  if (pixels === 0 || pixels * depth > limits.maxVoxels) {
    throw new SeriesFault(
      `has ${depth} x ${height} x ${width} voxels, more than the ${limits.maxVoxels} that the model allows, or none`,
    );
  }
  const fault = affineFault(stack.grid.affine);
  if (fault !== undefined) throw new SeriesFault(fault);
  const voxels = new Float32Array(pixels * depth);
  for (const [k, { index, slope, intercept }] of stack.slices.entries()) {
    const decoded =
      enhanced === undefined
        ? decodeDicom(files[index] as Uint8Array, 0, { maxPixels: pixels })
        : decodeFrame(enhanced, index, { maxPixels: pixels });
    const of = enhanced === undefined ? 'number' : 'frame';
    const frame = await decoded.catch((thrown) => Promise.reject(inFile(index, thrown, of)));
    if (frame.size.channels !== 1 || frame.pixels.length !== pixels) {
      throw inFile(index, new DicomRefusal('has other pixels than its header says'), of);
    }
    const slice = voxels.subarray(k * pixels, (k + 1) * pixels);
    for (let i = 0; i < pixels; i++) slice[i] = (frame.pixels[i] as number) * slope + intercept;
  }
  const [first] = stack.slices as [SeriesSlice, ...SeriesSlice[]];
  const isHounsfield = first.modality === 'CT' && ['', 'HU'].includes(first.rescaleType);
  return {
    voxels,
    place: { grid: stack.grid, convention: 'LPS', frameOfReference: first.frameOfReference },
    unit: isHounsfield ? HOUNSFIELD : '',
  };
}

/** Slices in their order, by the headers alone. */
export async function stackFiles(
  files: readonly Uint8Array[],
  maxVoxels: number,
): Promise<{ readonly stack: StackedSlices /** The one file, if it has frames. */; readonly enhanced?: OpenedDicom }> {
  if (files.length === 1) {
    const enhanced = await openDicom(files[0] as Uint8Array);
    return { stack: stackSlices(readFrameSlices(enhanced.dataset, maxVoxels)), enhanced };
  }
  const slices: SeriesSlice[] = [];
  for (const [index, file] of files.entries()) {
    slices.push(await readSeriesSlice(file, index).catch((thrown) => Promise.reject(inFile(index, thrown))));
  }
  return { stack: stackSlices(slices) };
}

/** The same refusal, telling which file or frame of the series, counted from 1 as sent. */
function inFile(index: number, thrown: unknown, of: 'number' | 'frame' = 'number'): unknown {
  if (!(thrown instanceof DicomRefusal)) return thrown;
  return new DicomRefusal(`(${of} ${index + 1} of the series) ${thrown.message}`, { cause: thrown });
}
