import { identityModel, type TestPackageOptions } from '@deephealth/sdk/testing';

/** A model whose features come from a table: y = [age, sex is male, smoker, pressure]. */
export const tablePackage: TestPackageOptions = {
  name: 'table',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 4] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 4] }],
  },
  manifest: {
    inputs: [
      {
        name: 'patient',
        kind: 'table',
        feeds: 'x',
        columns: [
          { name: 'age', type: 'number', unit: 'a', validRange: [0, 120], trainingRange: [20, 90] },
          { name: 'sex', type: 'category', categories: ['female', 'male'] },
          { name: 'smoker', type: 'boolean', missing: 'refuse' },
          { name: 'pressure', type: 'number', unit: 'mm[Hg]', validRange: [40, 300], missing: { impute: 130 } },
        ],
        steps: [
          {
            op: 'table_to_features',
            features: [
              { column: 'age' },
              { column: 'sex', equals: 'male' },
              { column: 'smoker' },
              { column: 'pressure' },
            ],
          },
        ],
      },
    ],
  },
  golden: [
    {
      id: 'one',
      inputs: {
        patient: {
          table: {
            age: { number: 63, unit: 'a' },
            sex: { category: 'male' },
            smoker: { boolean: false },
            pressure: { number: 145, unit: 'mm[Hg]' },
          },
        },
      },
      expected: { y: { dataType: 'FP32', shape: [1, 4], values: [63, 1, 0, 145] } },
    },
  ],
};

/** A two-channel signal of 4 samples at 250 Hz; y = the samples of channel II. */
export const signalPackage: TestPackageOptions = {
  name: 'signal',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 1, 4] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, 4] }],
  },
  manifest: {
    inputs: [
      {
        name: 'ecg',
        kind: 'signal',
        feeds: 'x',
        channels: [{ name: 'II', aliases: ['MLII'], unit: 'mV', validRange: [-20, 20], minimumStd: 0.1 }],
        samplingRateHz: 250,
        samples: { minimum: 4, maximum: 4 },
        steps: [{ op: 'select_channels', channels: ['II'] }],
      },
    ],
  },
  golden: [
    {
      id: 'one',
      inputs: {
        ecg: { signal: { channels: [{ name: 'II', unit: 'mV' }], samplingRateHz: 250, samples: [[0.5, -0.25, 1, 0]] } },
      },
      expected: { y: { dataType: 'FP32', shape: [1, 1, 4], values: [0.5, -0.25, 1, 0] } },
    },
  ],
};

// A PNG of 2 x 1 grey pixels, 0 and 255, written by hand: signature, IHDR, IDAT, IEND.
export const GREY_PNG_BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGNg+A8AAQIBAEK+vGgAAAAASUVORK5CYII=';

/** A 2 x 1 grey image; y = the pixels divided by 255. */
export const imagePackage: TestPackageOptions = {
  name: 'image',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 1, 1, 2] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, 1, 2] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, 1, 2] }],
  },
  manifest: {
    inputs: [
      {
        name: 'photo',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png'],
        maxPixels: 1000,
        steps: [
          { op: 'decode_image', colour: 'gray' },
          { op: 'resize_image', width: 2, height: 1, interpolation: 'nearest' },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1 / 255, mean: [0], std: [1] },
        ],
      },
    ],
  },
  golden: [
    {
      id: 'one',
      inputs: { photo: { image: { mediaType: 'image/png', base64: GREY_PNG_BASE64 } } },
      expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 2], values: [0, 1] } },
    },
  ],
};

/** P(positive) is the input itself: threshold 0.5, margin 0.1, no decision near it in one output. */
export const binaryPackage: TestPackageOptions = {
  name: 'binary',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 1] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1] }],
  },
  manifest: {
    outputs: [
      {
        name: 'disease',
        kind: 'classification',
        from: 'y',
        mode: 'binary',
        classes: [{ label: 'absent' }, { label: 'present', threshold: 0.5 }],
        nearThresholdMargin: 0.1,
        abstainBetween: [0.4375, 0.5625],
      },
      {
        name: 'always',
        kind: 'classification',
        from: 'y',
        mode: 'binary',
        classes: [{ label: 'absent' }, { label: 'present', threshold: 0.5 }],
      },
      { name: 'raw', kind: 'tensor', from: 'y' },
    ],
  },
  golden: [
    {
      id: 'high',
      inputs: { x: { dataType: 'FP32', shape: [1, 1], values: [0.75] } },
      expected: { y: { dataType: 'FP32', shape: [1, 1], values: [0.75], scale: 1 } },
      findings: { disease: { decision: ['present'], probabilities: [0.25, 0.75] } },
    },
  ],
};
