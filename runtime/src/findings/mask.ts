import { indexTransform, resampleVolume, sigmoid, spacingOf } from '@deephealth/native';
import { type MaskOutputSpec, maskValue, toBytes, toContractDataType } from '@deephealth/sdk';
import { toContractGrid } from '../volumes/contract-grid.js';
import type { InputGeometry } from '../volumes/input-geometry.js';
import { activateChannels } from './activate-channels.js';
import { DEFAULT_THRESHOLD } from './decide.js';
import type { MaskResult } from './finding-result.js';
import { outputInvalid } from './output-invalid.js';

type Labels = Uint8Array | Uint16Array;

/**
 * Labels on the grid of the input as it was sent: decided on the grid of the model, then carried back by
 * nearest neighbour through the places of both grids in the patient. What the model did not see is 0.
 *
 * @param values [channels, samples of the tensor's grid]
 * @throws DH_MODEL_OUTPUT_INVALID for a value that is no probability, and a label that is not declared
 */
export function toMask(
  spec: MaskOutputSpec,
  values: Float32Array | Float64Array,
  channels: number,
  { source, tensor }: InputGeometry,
): MaskResult {
  if (channels !== (spec.mode === 'labels' ? 1 : spec.classes.length)) {
    throw outputInvalid(spec.name, `there are ${channels} channels for ${spec.classes.length} classes.`);
  }
  const decided = decideLabels(spec, values, channels);
  const { grid } = source;
  const labels = emptyLabels(spec, grid.width * grid.height * grid.depth);
  const transform = indexTransform(tensor.affine, grid.affine);
  resampleVolume(decided, tensor, transform, grid, { interpolation: 'nearest' }, labels);
  const isFlat = source.convention === 'IMAGE';
  const sampleSize = spacingOf(grid.affine).reduce((product, spacing) => product * spacing, 1);
  const counts = countLabels(spec, labels);
  const dataType = labels instanceof Uint8Array ? 'UINT8' : 'UINT16';
  const shape = isFlat ? [grid.height, grid.width] : [grid.depth, grid.height, grid.width];
  return {
    labels: { dataType: toContractDataType(dataType), shape, data: toBytes(labels) },
    grid: toContractGrid(source),
    classes: spec.classes.flatMap(({ label, codes, category }, index) => {
      const value = maskValue(spec, index);
      if (value === 0) return [];
      // Pixels of a photograph have no size.
      const extent = isFlat ? {} : { extent: { value: (counts[index] as number) * sampleSize, unit: 'mm3' as const } };
      return [{ value, label, codes: [...(codes ?? [])], ...extent, ...(category && { category }) }];
    }),
    isMultilabel: spec.mode === 'multilabel',
  };
}

function emptyLabels(spec: MaskOutputSpec, length: number): Labels {
  const most = spec.classes.reduce((sum, _, index) => {
    const value = maskValue(spec, index);
    return spec.mode === 'multilabel' ? sum + value : Math.max(sum, value);
  }, 0);
  return most > 255 ? new Uint16Array(length) : new Uint8Array(length);
}

function decideLabels(spec: MaskOutputSpec, values: Float32Array | Float64Array, channels: number): Labels {
  const samples = values.length / channels;
  const labels = emptyLabels(spec, samples);
  switch (spec.mode) {
    case 'labels': {
      const known = new Set(spec.classes.map((_, index) => maskValue(spec, index)));
      for (let i = 0; i < samples; i++) {
        const value = values[i] as number;
        if (value !== 0 && !known.has(value)) {
          throw outputInvalid(spec.name, `sample ${i} has a label that the manifest does not declare.`);
        }
        labels[i] = value;
      }
      return labels;
    }
    case 'multiclass': {
      const classes = spec.classes.map((_, index) => maskValue(spec, index));
      for (let i = 0; i < samples; i++) {
        let best = 0;
        for (let c = 1; c < channels; c++) {
          if ((values[c * samples + i] as number) > (values[best * samples + i] as number)) best = c;
        }
        labels[i] = classes[best] as number;
      }
      return labels;
    }
    default: {
      const probabilities = spec.activation === 'sigmoid' ? new Float64Array(values.length) : values;
      if (spec.activation === 'sigmoid') sigmoid(Float64Array.from(values), probabilities as Float64Array);
      else if (spec.activation === 'softmax')
        return decideLabels({ ...spec, activation: 'none' }, activateChannels(values, channels), channels);
      for (let c = 0; c < channels; c++) {
        const threshold = spec.classes[c]?.threshold ?? DEFAULT_THRESHOLD;
        const value = maskValue(spec, c);
        for (let i = 0; i < samples; i++) {
          const p = probabilities[c * samples + i] as number;
          if (!(p >= -ROUNDING && p <= 1 + ROUNDING)) {
            throw outputInvalid(
              spec.name,
              `sample ${i} is no probability: not in 0 to 1. Check the activation in the manifest.`,
            );
          }
          if (p >= threshold) labels[i] = (labels[i] as number) | value;
        }
      }
      return labels;
    }
  }
}

/** Beyond 0 and 1 by rounding alone. */
const ROUNDING = 2 ** -20;

/** Samples of each class, in the order of the classes. */
function countLabels(spec: MaskOutputSpec, labels: Labels): number[] {
  const histogram = new Float64Array(65536);
  for (let i = 0; i < labels.length; i++) (histogram[labels[i] as number] as number)++;
  return spec.classes.map((_, index) => {
    const value = maskValue(spec, index);
    if (spec.mode !== 'multilabel') return histogram[value] as number;
    return histogram.reduce((sum, count, label) => (label & value ? sum + count : sum), 0);
  });
}
