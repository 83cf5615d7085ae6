import type { DraftNote, PerAxis, VolumeInputSpec, VolumeStep } from '../package/manifest.js';
import type { GraphValue } from './onnx-graph.js';

/** How the volumes of a model come, as far as somebody says so. */
export interface VolumeDraftOptions {
  readonly files: VolumeFiles;
  /** The sides that depth, height and width of the tensor grow towards, such as "RAS". No file says them. */
  readonly axes: string;
  /** A volume as the model was trained on, along the axes above. */
  readonly example: {
    readonly spacingMm: PerAxis;
    readonly extents: PerAxis;
    /** UCUM unit of the values; undefined if the files do not state it. */
    readonly unit?: string;
  };
}

export type VolumeFiles = 'nifti' | 'dicom-series';

const MEDIA_TYPES: Readonly<Record<VolumeFiles, VolumeInputSpec['mediaTypes']>> = {
  nifti: ['application/x-nifti'],
  'dicom-series': ['application/dicom'],
};
/** 512 x 512 x 512. */
const MAX_VOXELS = 134_217_728;

/**
 * A volume input for a tensor of FP32: [batch, 1, depth, height, width], [batch, depth, height, width, 1],
 * or [slices, an odd number, height, width], which is a slice between its neighbours. Undefined for any
 * other tensor.
 */
export function draftVolumeInput(
  value: GraphValue,
  name: string,
  index: number,
  { files, axes, example }: VolumeDraftOptions,
  draft: DraftNote[],
): VolumeInputSpec | undefined {
  const layout = layoutOf(value);
  if (layout === undefined) return undefined;
  const at = `/inputs/${index}`;
  const { spacingMm, extents, unit } = example;
  draft.push(
    {
      field: `${at}/spacingMm`,
      guess: `The ${spacingMm.join(', ')} mm of the example, along ${axes}; any other spacing is refused. Widen it to those of the training, or resample as the training did.`,
    },
    {
      field: `${at}/steps`,
      guess: `Voxels go into the tensor with the values of the file${unit === undefined ? '' : ` (${unit})`}. Write the window, the scaling or the z-score of the training, and unit and validRange of the values.`,
    },
  );
  const steps: VolumeStep[] = [...fitted(layout, extents, at, draft), layout.last];
  return {
    name,
    kind: 'volume',
    feeds: value.name,
    mediaTypes: MEDIA_TYPES[files],
    maxVoxels: MAX_VOXELS,
    ...(unit === undefined ? {} : { unit }),
    spacingMm: { minimum: spacingMm, maximum: spacingMm },
    steps: [{ op: 'orient_volume', axes }, ...steps],
  };
}

interface VolumeLayout {
  readonly last: Extract<VolumeStep, { op: 'volume_to_tensor' | 'volume_to_slices' }>;
  /** Depth, height and width; undefined where they vary. */
  readonly extents: readonly [number | undefined, number | undefined, number | undefined];
}

function layoutOf({ dataType, shape }: GraphValue): VolumeLayout | undefined {
  if (dataType !== 'FP32' || shape === undefined) return undefined;
  const extent = (axis: number) => (typeof shape[axis] === 'number' ? shape[axis] : undefined);
  const from = (axis: number) => [extent(axis), extent(axis + 1), extent(axis + 2)] as const;
  if (shape.length === 5 && extent(1) === 1) {
    return { last: { op: 'volume_to_tensor', layout: 'NCDHW' }, extents: from(2) };
  }
  if (shape.length === 5 && extent(4) === 1) {
    return { last: { op: 'volume_to_tensor', layout: 'NDHWC' }, extents: from(1) };
  }
  const channels = extent(1) ?? 0;
  // Every slice is a row: a fixed number of rows would be no batch.
  if (shape.length !== 4 || extent(0) !== undefined || channels % 2 !== 1) return undefined;
  return {
    last: { op: 'volume_to_slices', neighbours: (channels - 1) / 2 },
    extents: [undefined, extent(2), extent(3)],
  };
}

/** Steps from the extents of a file to those of the tensor; what cannot be drafted is said. */
function fitted({ extents, last }: VolumeLayout, example: PerAxis, at: string, draft: DraftNote[]): VolumeStep[] {
  const isSame = extents.every((extent, axis) => extent === undefined || extent === example[axis]);
  const wanted = extents.map((extent) => extent ?? 'any').join(' x ');
  const note = (field: string, guess: string) => draft.push({ field: `${at}/steps/${field}`, guess });
  if (extents.every((extent) => extent === undefined)) return [];
  if (isSame) {
    const orient = 'Volumes of other extents are refused. Crop, pad or resample as the training did, if it had some.';
    note('0', `The example has the ${wanted} voxels of the tensor. ${orient}`);
    return [];
  }
  if (extents.every((extent) => extent !== undefined)) {
    note(
      '1',
      `The example has ${example.join(' x ')} voxels and the tensor ${wanted}: the middle is kept, and 0 is put around where there is less. Check whether the training cropped, padded or resampled.`,
    );
    return [{ op: 'crop_or_pad_volume', size: extents as unknown as PerAxis, value: 0 }];
  }
  note(
    '1',
    `The example has ${example.join(' x ')} voxels, but ${last.op} gives the tensor ${wanted}: the example is refused until steps bring it to that as the training did.`,
  );
  return [];
}
