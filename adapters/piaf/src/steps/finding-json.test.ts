import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, parseNiftiHeader, sha256, writeNifti } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { toItemFindings } from './finding-json.js';
import type { ResultFile } from './run-folder.js';

const PROVENANCE = {
  modelName: 'heart',
  modelVersion: '1.0',
  packageSha256: 'a'.repeat(64),
  onnxSha256: 'b'.repeat(64),
  runtime: 'deephealth-runtime/0.1.0',
  engine: 'onnxruntime-node/1.30.0',
  executionProvider: 'cpu',
  batchSize: 1,
  completedAt: { seconds: '1700000000', nanos: 5 },
};
const GRID_3D = {
  size: ['2', '3', '4'],
  origin: [1, 2, 3],
  spacing: [2, 1, 0.5],
  direction: [0, 0, 1, 0, 1, 0, 1, 0, 0],
  unit: 'LENGTH_UNIT_MILLIMETRE',
  frameOfReference: '',
  convention: 'COORDINATE_CONVENTION_LPS',
  level: 0,
};
const GRID_2D = {
  size: ['2', '3'],
  origin: [0, 0],
  spacing: [1, 1],
  direction: [],
  unit: 'LENGTH_UNIT_PIXEL',
  convention: 'COORDINATE_CONVENTION_IMAGE',
};

function answer(findings: object[]): runtimeV1.PredictResponse__Output {
  return {
    requestId: 'r',
    findings,
    provenance: PROVENANCE,
    warnings: [],
  } as unknown as runtimeV1.PredictResponse__Output;
}

function tensor(dataType: string, shape: readonly number[], values: Uint8Array | Uint16Array | Float32Array) {
  // As protobuf has them: at an odd place of a larger memory.
  const memory = Buffer.alloc(values.byteLength + 3);
  memory.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 3);
  return { dataType: `DATA_TYPE_${dataType}`, shape: shape.map(String), data: memory.subarray(3) };
}

async function kept(findings: object[]) {
  const written = new Map<string, Uint8Array>();
  const result = await toItemFindings(answer(findings), async (name, bytes, mediaType): Promise<ResultFile> => {
    written.set(name, bytes);
    const path = `files/item-000001/${name}`;
    return { path, mediaType, name, size: bytes.length, sha256: sha256(bytes) };
  });
  return { result, written };
}

describe('toItemFindings', () => {
  it('keeps numbers in full and leaves out times, requests and markers', async () => {
    const { result } = await kept([
      {
        name: 'risk',
        codes: [],
        value: 'classification',
        highlight: null,
        classification: {
          mode: 'CLASSIFICATION_MODE_BINARY',
          decision: ['yes'],
          classes: [{ label: 'yes', codes: [], probability: 0.1 + 0.2, threshold: 0.5, _threshold: 'threshold' }],
          abstained: false,
        },
      },
    ]);
    expect(JSON.parse(JSON.stringify(result.findings))).toEqual([
      {
        name: 'risk',
        codes: [],
        classification: {
          abstained: false,
          classes: [{ codes: [], label: 'yes', probability: 0.30000000000000004, threshold: 0.5 }],
          decision: ['yes'],
          mode: 'CLASSIFICATION_MODE_BINARY',
        },
      },
    ]);
    expect(result.ranOn).toEqual({ engine: 'onnxruntime-node/1.30.0', executionProvider: 'cpu' });
    expect(result.model).toEqual({
      name: 'heart',
      version: '1.0',
      packageSha256: 'a'.repeat(64),
      onnxSha256: 'b'.repeat(64),
    });
    expect(JSON.stringify(result)).not.toMatch(/1700000000|deephealth-runtime/);
  });

  it('keeps values of a regression, which have the name of a tensor elsewhere', async () => {
    const values = [{ label: 'EF', codes: [], value: 61.25, unit: '%', lower: Number.NaN }];
    const { result } = await kept([{ name: 'ef', codes: [], value: 'regression', regression: { values } }]);
    expect(result.findings).toEqual([
      {
        name: 'ef',
        codes: [],
        regression: { values: [{ codes: [], label: 'EF', lower: 'NaN', unit: '%', value: 61.25 }] },
      },
    ]);
  });

  it('writes a mask in a body as NIfTI where its grid lies', async () => {
    const labels = Uint8Array.from({ length: 24 }, (_, i) => i);
    const mask = { labels: tensor('UINT8', [2, 3, 4], labels), grid: GRID_3D, classes: [], isMultilabel: false };
    const { result, written } = await kept([{ name: 'organ', codes: [], value: 'mask', mask, highlight: null }]);
    const file = written.get('organ.nii') as Uint8Array;
    expect(Buffer.from(file.subarray(352))).toEqual(Buffer.from(labels));
    expect(parseNiftiHeader(file).size).toEqual([4, 3, 2]);
    // RAS: x and y of LPS change their signs.
    const affine = [-0.5, 0, 0, -1, 0, -1, 0, -2, 0, 0, 2, 3];
    const expected = writeNifti(
      { voxels: labels, size: [4, 3, 2], affine, description: 'DeepHealth mask, research use' },
      false,
    );
    expect(Buffer.from(file)).toEqual(expected);
    expect(result.findings[0]).toMatchObject({
      mask: { labels: { file: 'files/item-000001/organ.nii', dataType: 'UINT8', shape: [2, 3, 4] }, grid: GRID_3D },
    });
    expect(result.files).toEqual([
      {
        path: 'files/item-000001/organ.nii',
        mediaType: 'application/x-nifti',
        name: 'organ',
        size: file.length,
        sha256: sha256(file),
      },
    ]);
  });

  it('writes labels of a picture as PNG, a map and a highlight of it as NumPy files', async () => {
    const values = Float32Array.of(0, 0.5, Number.NaN, 1, 0.25, 0.75);
    const map = { values: tensor('FP32', [2, 3], values), grid: GRID_2D, quantity: 'probability', unit: '1' };
    const labels = tensor('UINT16', [2, 3], Uint16Array.of(0, 1, 2, 3, 4, 65535));
    const { result, written } = await kept([
      { name: 'a/b', codes: [], value: 'mask', mask: { labels, grid: GRID_2D, classes: [] }, highlight: map },
      { name: 'A b', codes: [], value: 'map', map, highlight: null },
    ]);
    expect([...written.keys()]).toEqual(['a_b.highlight.npy', 'a_b.png', 'A_b.npy']);
    const npy = Buffer.from(written.get('A_b.npy') as Uint8Array);
    expect(npy.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
    expect(npy.subarray(10, 128).toString('latin1')).toBe(
      `${"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117)}\n`,
    );
    expect(npy.subarray(128)).toEqual(Buffer.from(values.buffer));
    expect(result.files.map(({ name }) => name)).toEqual(['a/b', 'a/b', 'A b']);
  });

  it('gives files that differ only in case different names', async () => {
    const one = (name: string) => ({
      name,
      codes: [],
      value: 'tensor',
      tensor: tensor('UINT8', [1], Uint8Array.of(1)),
    });
    const { written } = await kept([one('x y'), one('X/Y'), one('x_y')]);
    expect([...written.keys()]).toEqual(['x_y.npy', 'X_Y-2.npy', 'x_y-3.npy']);
  });

  it('refuses a tensor that is not of its shape, and an answer without provenance', async () => {
    const short = { name: 't', codes: [], value: 'tensor', tensor: tensor('FP32', [2, 2], Float32Array.of(1, 2, 3)) };
    await expect(kept([short])).rejects.toMatchObject({ code: 'DH_RESPONSE_INVALID' });
    const none = { ...answer([]), provenance: null };
    await expect(
      toItemFindings(none, () => {
        throw new Error('nothing to write');
      }),
    ).rejects.toBeInstanceOf(DeepHealthError);
  });
});
