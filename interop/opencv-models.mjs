// Models that give images back as their steps made them, an input for each way to prepare them.
import { importAugmentations } from '@deephealth/sdk';
import { buildOnnxModel, buildTestPackage, pngFile } from '@deephealth/sdk/testing';

const MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/tiff', 'image/bmp'];
const MAX_PIXELS = 4_194_304;
/** Large enough for every crop, small enough for a golden case. */
const PROBE = { width: 40, height: 32 };

/** A package for each model of `cases.json`; every input feeds an Identity of its own. */
export function writeStepModels(store, { models, inputs }) {
  for (const model of models) {
    buildTestPackage(
      store,
      definition(
        model,
        inputs.filter((input) => input.model === model.name),
      ),
    );
  }
}

const tensorName = (input, index) => `${input}_${index}`;

function definition({ name, channels, colour, values }, inputs) {
  const spec = (side, { tensor }, index) => ({
    name: tensorName(side, index),
    dataType: 'FP32',
    shape: tensor?.layout === 'CHW' ? [-1, channels, -1, -1] : [-1, -1, -1, channels],
  });
  const all = (side) => inputs.map((input, index) => spec(side, input, index));
  const inGraph = (side) =>
    all(side).map(({ shape, ...rest }, index) => ({
      ...rest,
      shape: shape.map((extent, axis) => (extent === -1 ? `${side}${index}_${axis}` : extent)),
    }));
  return {
    name,
    model: buildOnnxModel({
      inputs: inGraph('x'),
      outputs: inGraph('y'),
      nodes: inputs.map((_, i) => ({ op: 'Identity', inputs: [tensorName('x', i)], outputs: [tensorName('y', i)] })),
    }),
    tensors: { inputs: all('x'), outputs: all('y') },
    manifest: {
      inputs: inputs.map((input, index) => ({
        name: input.name,
        kind: 'image',
        feeds: tensorName('x', index),
        mediaTypes: MEDIA_TYPES,
        maxPixels: MAX_PIXELS,
        steps: [{ op: 'decode_image', colour, values }, ...stepsOf(input), toTensor(input, channels)],
      })),
      outputs: inputs.map((input, index) => ({ name: input.name, kind: 'tensor', from: tensorName('y', index) })),
      execution: { maxBatchSize: 1 },
    },
    golden: [probe(inputs, { channels, colour, values })],
  };
}

function stepsOf({ augmentations, steps }) {
  return augmentations === null ? steps : importAugmentations(augmentations).steps;
}

function toTensor({ tensor }, channels) {
  const each = (value) => Array(channels).fill(value);
  return { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: each(0), std: each(1), ...tensor };
}

/** A picture for all inputs, of which the one without steps must give its very numbers. */
function probe(inputs, { channels, colour, values }) {
  const { width, height } = PROBE;
  const depth = values === 'uint16' ? 16 : 8;
  const samples = Array.from({ length: width * height * channels }, (_, i) => (i * 7) % 256);
  const bytes = depth === 16 ? samples.flatMap((sample) => [sample, sample]) : samples;
  const png = pngFile({ width, height, depth, colour: channels === 1 ? 'gray' : 'rgb', bytes });
  const image = { mediaType: 'image/png', base64: png.toString('base64') };
  const plain = inputs.findIndex(({ name }) => name === 'plain');
  // Blue first: of each three, the last one comes first.
  const inOrder = colour === 'bgr' ? samples.map((_, i) => samples[i + 2 - 2 * (i % 3)]) : samples;
  const expected = inOrder.map((sample) => {
    if (values === 'fraction') return sample / 255;
    return values === 'uint16' ? sample * 257 : sample;
  });
  return {
    id: 'probe',
    inputs: Object.fromEntries(inputs.map(({ name }) => [name, { image }])),
    expected: {
      [tensorName('y', plain)]: { dataType: 'FP32', shape: [1, height, width, channels], values: expected },
    },
  };
}
