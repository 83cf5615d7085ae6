// Models and files that drafts are made of, and what a person does with a draft; for tests of `deephealth init`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import { type GoldenInput, type InputSpec, type Manifest, writeChecksums } from '@deephealth/sdk';
import { buildOnnxModel, edfFile } from '@deephealth/sdk/testing';
import { afterAll, afterEach, expect } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const servers: RuntimeServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await endProcesses();
});
afterAll(removeTemporaryFolders);

export type Shape = readonly (number | string)[];

/** y = means of x over some axes: [batch, the others]. */
export function meanModel(shape: Shape, axes: readonly number[]): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: shape.filter((_, axis) => !axes.includes(axis)) }],
    nodes: [
      { op: 'ReduceMean', inputs: ['x'], outputs: ['y'], attributes: { axes: { ints: axes }, keepdims: { int: 0 } } },
    ],
  });
}

/** y = the sum of x times the place of each value in reading order, from 0: nothing may be turned unnoticed. */
export function placeModel(shape: Shape): Uint8Array {
  const values = shape.slice(1).reduce<number>((product, extent) => product * (extent as number), 1);
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [shape[0] as string, 1] }],
    nodes: [
      { op: 'Flatten', inputs: ['x'], outputs: ['flat'], attributes: { axis: { int: 1 } } },
      { op: 'MatMul', inputs: ['flat', 'places'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'places', dataType: 'FP32', shape: [values, 1], values: Array.from({ length: values }, (_, i) => i) },
    ],
  });
}

export interface Drafted {
  readonly store: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly input: InputSpec;
  /** Field and guess of each note. */
  readonly notes: ReadonlyMap<string, string>;
  readonly stdout: string;
}

export async function init(model: Uint8Array, ...args: string[]): Promise<Drafted> {
  const work = temporaryFolder();
  const store = join(work, 'store');
  writeFileSync(join(work, 'model.onnx'), model);
  const { exitCode, stdout, stderr } = await deephealth('init', store, '--from', join(work, 'model.onnx'), ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const folder = join(store, 'model', '1.0.0');
  const manifest = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Manifest;
  const notes = new Map((manifest.draft ?? []).map(({ field, guess }) => [field, guess]));
  return { store, folder, manifest, input: manifest.inputs[0] as InputSpec, notes, stdout };
}

/**
 * What a person does with the draft: writes the texts, adds a golden case and deletes "draft". Nothing of
 * the input is touched.
 */
export function confirm(
  { folder, manifest }: Drafted,
  input: GoldenInput,
  y: readonly number[],
  shape: readonly number[],
) {
  const { draft: _, ...confirmed } = manifest;
  const texts = { title: 'Mean', intendedUse: 'This test.', limitations: ['No model.'], license: 'Apache-2.0' };
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...confirmed, ...texts }));
  const golden = {
    schemaVersion: 1,
    id: 'one',
    description: 'One.',
    source: 'Computed by hand.',
    inputs: { x: input },
    expected: { tensors: { y: { dataType: 'FP32', shape, values: y } } },
  };
  writeFileSync(join(folder, 'golden', 'one.json'), JSON.stringify(golden));
}

/** Values of y for a file, from a server of the package and the command. */
export async function predict({ store, folder }: Drafted, file: string, ...args: string[]): Promise<number[]> {
  await writeChecksums(folder);
  const server = await startRuntimeServer({ models: [store], port: 0, drainGraceMs: 500 });
  servers.push(server);
  await server.verified;
  const { exitCode, stdout } = await deephealth(
    'predict',
    '--address',
    server.address,
    'model',
    file,
    '--json',
    ...args,
  );
  expect(exitCode, stdout).toBe(0);
  const { tensor } = JSON.parse(stdout).findings[0];
  const data = Buffer.from(tensor.data, 'base64');
  return Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(i * 4));
}

export const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

export const EXTENTS = [5, 4, 3] as const;
export const voxelAt = (i: number, j: number, k: number) => 100 * k + 10 * j + i;

/** 5 x 4 x 3 voxels, LAS: i grows to the left, j to the front, k upwards; 1 x 2 x 4 mm. */
export function niftiFile(): Buffer {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  for (const [i, extent] of [3, ...EXTENTS, 1, 1, 1, 1].entries()) header.writeInt16LE(extent, 40 + i * 2);
  header.writeInt16LE(4, 70);
  header.writeInt16LE(16, 72);
  for (const [i, size] of [1, 1, 2, 4].entries()) header.writeFloatLE(size, 76 + i * 4);
  header.writeFloatLE(352, 108);
  header.writeUInt8(2, 123);
  header.writeInt16LE(1, 254);
  for (const [i, value] of [-1, 0, 0, 91, 0, 2, 0, -72, 0, 0, 4, 13].entries()) header.writeFloatLE(value, 280 + i * 4);
  header.write('n+1\0', 344, 'latin1');
  const [width, height, depth] = EXTENTS;
  const voxels = Int16Array.from({ length: width * height * depth }, (_, at) =>
    voxelAt(at % width, Math.floor(at / width) % height, Math.floor(at / width / height)),
  );
  return Buffer.concat([header, Buffer.from(voxels.buffer)]);
}

export const file = (name: string, content: Uint8Array | string) => {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
};

/** Voxels of the file above along superior, anterior and right, as SAR has them: depth, height, width. */
export const SAR = [0, 1, 2].flatMap((k) => [0, 1, 2, 3].flatMap((j) => [4, 3, 2, 1, 0].map((i) => voxelAt(i, j, k))));
export const SAR_GRID = {
  spacingMm: [4, 2, 1],
  origin: [0, 0, 0],
  convention: 'RAS',
  direction: [0, 0, 1, 0, 1, 0, 1, 0, 0],
};
export const placed = (values: readonly number[]) => values.reduce((sum, value, i) => sum + value * i, 0);
export const volume = (shape: readonly number[], values: readonly number[], grid: object = SAR_GRID) =>
  ({ volume: { voxels: { dataType: 'INT16', shape, values }, grid } }) as unknown as GoldenInput;

/** Two records of 2 s of two channels at 4 Hz, and a third one at 1 Hz. */
export function recording(): Buffer {
  const record = (from: number) =>
    Buffer.from(
      Int16Array.from([
        ...Array.from({ length: 8 }, (_, i) => 10 * (from + i)),
        ...Array.from({ length: 8 }, (_, i) => -20 * (from + i)),
        ...[1, 2],
      ]).buffer,
    );
  return edfFile({
    channels: [
      { label: 'EEG C3', count: 8 },
      { label: 'EEG C4', count: 8 },
      { label: 'SpO2', unit: '%', count: 2 },
    ],
    records: [record(0), record(8)],
  });
}
export const PLAUSIBLE = ['--valid-range', 'uV=-500,500'];
