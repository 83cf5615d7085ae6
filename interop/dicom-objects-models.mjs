// Models whose answer is their input: labels as a mask, values as a map, samples as a tensor.
import { buildTestPackage, dicomImage, identityModel } from '@deephealth/sdk/testing';

const coding = (code, display) => ({ system: 'http://snomed.info/sct', code, display });
const CATEGORY = coding('49755003', 'Morphologically Abnormal Structure');
const CLASSES = [
  { label: 'mass', value: 1, category: CATEGORY, codes: [coding('4147007', 'Mass')] },
  { label: 'nodule', value: 2, category: CATEGORY, codes: [coding('27925004', 'Nodule')] },
  { label: 'cyst', value: 3, category: CATEGORY, codes: [coding('441457006', 'Cyst')] },
];

const labels = (input, classes = CLASSES) => ({
  ...{ name: 'labels', kind: 'mask', from: 'y', input, mode: 'labels' },
  classes,
});

/** Packages `image-labels`, `image-uncoded`, `volume-labels` and `volume-values`. */
export function writeDicomObjectModels(store) {
  buildTestPackage(store, imageModel('image-labels', labels('image')));
  buildTestPackage(
    store,
    imageModel('image-uncoded', labels('image', [{ label: 'mass', value: 1 }, ...CLASSES.slice(1)])),
  );
  buildTestPackage(store, volumeModel('volume-labels', labels('scan')));
  buildTestPackage(
    store,
    volumeModel('volume-values', {
      name: 'values',
      kind: 'map',
      from: 'y',
      input: 'scan',
      quantity: 'value',
      unit: '1',
    }),
  );
}

function packageOf(name, rank, input, output, golden) {
  const tensor = (tensorName) => ({ name: tensorName, dataType: 'FP32', shape: Array(rank).fill(-1) });
  return {
    name,
    model: identityModel({ dataType: 'FP32', shape: Array.from({ length: rank }, (_, i) => `e${i}`) }),
    tensors: { inputs: [tensor('x')], outputs: [tensor('y')] },
    manifest: { inputs: [input], outputs: [output] },
    golden: [{ id: 'one', ...golden }],
  };
}

function imageModel(name, output) {
  const input = {
    ...{ name: 'image', kind: 'image', feeds: 'x', mediaTypes: ['application/dicom'], maxPixels: 1_000_000 },
    steps: [
      { op: 'decode_dicom', channels: 1, rescale: 'none', padding: 'keep', window: 'none', monochrome1: 'keep' },
      { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] },
    ],
  };
  const pixel = dicomImage({ rows: 1, columns: 2, allocated: 8, pixels: Uint8Array.of(0, 1) });
  return packageOf(name, 4, input, output, {
    inputs: { image: { image: { mediaType: 'application/dicom', base64: pixel.toString('base64') } } },
    expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 2], values: [0, 1] } },
  });
}

function volumeModel(name, output) {
  const input = {
    ...{ name: 'scan', kind: 'volume', feeds: 'x', mediaTypes: ['application/dicom'], maxVoxels: 10_000_000 },
    spacingMm: { minimum: [0.01, 0.01, 0.01], maximum: [100, 100, 100] },
    steps: [
      { op: 'orient_volume', axes: 'RAS' },
      { op: 'volume_to_tensor', layout: 'NCDHW' },
    ],
  };
  const voxels = { dataType: 'INT16', shape: [1, 1, 2], values: [0, 1] };
  return packageOf(name, 5, input, output, {
    inputs: { scan: { volume: { voxels, grid: { spacingMm: [1, 1, 1], origin: [0, 0, 0], convention: 'RAS' } } } },
    expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 1, 2], values: [0, 1] } },
  });
}
