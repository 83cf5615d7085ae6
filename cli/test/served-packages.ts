import { type RuntimeServer, type RuntimeServerOptions, startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient, type RuntimeClient } from '@deephealth/sdk';
import {
  buildTestPackage,
  endlessLoopWhenPositive,
  identityModel,
  type TestPackageOptions,
  tiffFile,
} from '@deephealth/sdk/testing';
import { temporaryFolder } from './temporary-folder.js';

/** `y = x` for FP32 [-1, 4]. */
export const vectorPackage: TestPackageOptions = {
  name: 'vector',
  version: '1.0.0',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 4] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 4] }],
  },
  golden: [
    {
      id: 'ramp',
      inputs: { x: { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.5] } },
      expected: { y: { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.5] } },
    },
  ],
};

/** Its golden case expects what the graph does not give. */
export const brokenPackage: TestPackageOptions = {
  ...vectorPackage,
  name: 'broken',
  golden: [
    {
      id: 'ramp',
      inputs: { x: { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.5] } },
      expected: { y: { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.25] } },
    },
  ],
};

/** `y = x` if no value is positive; else it never ends by itself. */
export const endlessPackage: TestPackageOptions = {
  ...vectorPackage,
  name: 'endless',
  model: endlessLoopWhenPositive(),
  golden: [
    {
      id: 'ends',
      inputs: { x: { dataType: 'FP32', shape: [1, 4], values: [-1, -2, -3, 0] } },
      expected: { y: { dataType: 'FP32', shape: [1, 4], values: [-1, -2, -3, 0] } },
    },
  ],
};

/** Images of two pixels, 0 to 1: as a PNG, a TIFF, or DICOM in its own window. */
export const imagePackage: TestPackageOptions = {
  name: 'image',
  version: '1.0.0',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 1, 1, 2] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, 1, 2] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, 1, 2] }],
  },
  manifest: {
    inputs: [
      {
        name: 'scan',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png', 'image/tiff', 'application/dicom'],
        maxPixels: 100,
        steps: [
          { op: 'decode_image', colour: 'gray', values: 'fraction' },
          {
            op: 'decode_dicom',
            channels: 1,
            rescale: 'none',
            padding: 'keep',
            window: { center: 2, width: 4, function: 'LINEAR_EXACT' },
            monochrome1: 'invert',
          },
          { op: 'image_to_tensor', layout: 'CHW', scale: 4, mean: [0], std: [1] },
        ],
      },
    ],
  },
  golden: [
    {
      id: 'two',
      inputs: {
        scan: {
          image: {
            mediaType: 'image/tiff',
            base64: tiffFile([{ width: 2, height: 1, pixels: [0, 255] }]).toString('base64'),
          },
        },
      },
      expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 2], values: [0, 4] } },
    },
  ],
};

/** P(present) is the column "score"; versions differ in the threshold, so that it is seen which one answers. */
export function riskPackage(version: string, threshold: number): TestPackageOptions {
  return {
    name: 'risk',
    version,
    model: identityModel({ dataType: 'FP32', shape: ['batch', 1] }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1], range: [0, 1] }],
    },
    manifest: {
      title: 'Risk from a score',
      inputs: [
        {
          name: 'patient',
          kind: 'table',
          feeds: 'x',
          columns: [{ name: 'score', type: 'number', unit: '1', validRange: [0, 1] }],
          steps: [{ op: 'table_to_features', features: [{ column: 'score' }] }],
        },
      ],
      outputs: [
        {
          name: 'disease',
          kind: 'classification',
          from: 'y',
          mode: 'binary',
          classes: [{ label: 'absent' }, { label: 'present', threshold }],
        },
      ],
    },
    golden: [
      {
        id: 'low',
        inputs: { patient: { table: { score: { number: 0.125, unit: '1' } } } },
        expected: { y: { dataType: 'FP32', shape: [1, 1], values: [0.125] } },
        findings: { disease: { decision: ['absent'] } },
      },
    ],
  };
}

/** One channel "II" in mV at 250 Hz, 4 samples; y = the samples. */
export const signalPackage: TestPackageOptions = {
  name: 'signal',
  version: '1.0.0',
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
        channels: [{ name: 'II', unit: 'mV', validRange: [-20, 20] }],
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

/** A model store in a temporary folder. */
export function storeOf(packages: readonly TestPackageOptions[]): string {
  const store = temporaryFolder();
  for (const definition of packages) buildTestPackage(store, definition);
  return store;
}

export interface ServedPackages {
  readonly server: RuntimeServer;
  readonly client: RuntimeClient;
  stop(): Promise<void>;
}

/** A server in this process with the packages, all verified. */
export async function servePackages(
  packages: readonly TestPackageOptions[],
  options: Partial<RuntimeServerOptions> = {},
): Promise<ServedPackages> {
  const server = await startRuntimeServer({ models: [storeOf(packages)], port: 0, drainGraceMs: 500, ...options });
  const client = createRuntimeClient({ address: server.address });
  await server.verified;
  return {
    server,
    client,
    async stop() {
      client.close();
      await server.stop();
    },
  };
}
