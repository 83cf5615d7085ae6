import { buildOnnxModel, seededValues } from '@deephealth/sdk/testing';
import { pictureFile, seededPicture } from './seeded-picture.mjs';

/** Convolutions 3x3: channels in and out, and the stride. 415 million multiplications in all. */
const CONVOLUTIONS = [
  { from: 3, to: 32, stride: 2 },
  { from: 32, to: 64, stride: 2 },
  { from: 64, to: 64, stride: 1 },
  { from: 64, to: 128, stride: 2 },
  { from: 128, to: 128, stride: 1 },
  { from: 128, to: 256, stride: 2 },
];
const FEATURES = 256;
const CLASSES = 10;

/** An image classifier of 0.83 GFLOP: 3 x 224 x 224 to ten probabilities, about 5 ms on one core. */
export const CNN = {
  name: 'bench-cnn',
  tensors: {
    inputs: [{ name: 'image', dataType: 'FP32', shape: [-1, 3, 224, 224] }],
    outputs: [{ name: 'probabilities', dataType: 'FP32', shape: [-1, CLASSES] }],
  },
  goldenShape: [1, 3, 224, 224],
  build() {
    const nodes = [];
    const initializers = [];
    let value = 'image';
    CONVOLUTIONS.forEach(({ from, to, stride }, index) => {
      const values = seededValues(to * from * 9, index + 1, Math.sqrt(6 / (from * 9)));
      initializers.push({ name: `k${index}`, dataType: 'FP32', shape: [to, from, 3, 3], values });
      nodes.push(
        {
          op: 'Conv',
          inputs: [value, `k${index}`],
          outputs: [`map${index}`],
          attributes: {
            kernel_shape: { ints: [3, 3] },
            pads: { ints: [1, 1, 1, 1] },
            strides: { ints: [stride, stride] },
          },
        },
        { op: 'Relu', inputs: [`map${index}`], outputs: [`active${index}`] },
      );
      value = `active${index}`;
    });
    initializers.push(
      { name: 'w', dataType: 'FP32', shape: [FEATURES, CLASSES], values: seededValues(FEATURES * CLASSES, 20, 0.2) },
      { name: 'b', dataType: 'FP32', shape: [CLASSES], values: seededValues(CLASSES, 21, 0.1) },
    );
    nodes.push(
      { op: 'GlobalAveragePool', inputs: [value], outputs: ['pooled'] },
      { op: 'Flatten', inputs: ['pooled'], outputs: ['flat'], attributes: { axis: { int: 1 } } },
      { op: 'Gemm', inputs: ['flat', 'w', 'b'], outputs: ['logits'] },
      { op: 'Softmax', inputs: ['logits'], outputs: ['probabilities'], attributes: { axis: { int: -1 } } },
    );
    return buildOnnxModel({
      inputs: [{ name: 'image', dataType: 'FP32', shape: ['batch', 3, 224, 224] }],
      outputs: [{ name: 'probabilities', dataType: 'FP32', shape: ['batch', CLASSES] }],
      nodes,
      initializers,
    });
  },
};

const SHAPE = [1, 3, 224, 224];

/** The same graph behind a picture: what platforms send is a file, and the host decodes it. */
export const CNN_PICTURE = {
  ...CNN,
  name: 'bench-cnn-picture',
  values: seededPicture,
  golden: (values) => ({ image: { mediaType: 'image/png', base64: pictureFile(SHAPE, values).toString('base64') } }),
  manifest: {
    inputs: [
      {
        name: 'image',
        kind: 'image',
        description: 'A colour picture of 224 x 224.',
        feeds: 'image',
        mediaTypes: ['image/png'],
        maxPixels: 224 * 224,
        steps: [
          { op: 'decode_image', colour: 'rgb', values: 'fraction' },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
        ],
      },
    ],
  },
};
