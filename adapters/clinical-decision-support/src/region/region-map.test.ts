import { inflateSync } from 'node:zlib';
import type { runtimeV1 } from '@deephealth/proto';
import { encodeHalf } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { overlayPng, scalePng } from './overlay-png.js';
import { regionMap } from './region-map.js';

function mapOf(values: readonly number[], size: readonly number[], data?: Buffer): runtimeV1.Map__Output {
  const bytes = data ?? Buffer.from(Float32Array.from(values).buffer);
  return {
    values: { dataType: 'DATA_TYPE_FP32', shape: size.map(String), data: bytes },
    grid: { size: size.map(String) },
  } as unknown as runtimeV1.Map__Output;
}

/** Width, height and indices of a PNG of ours, read by the standard's own layout. */
function read(png: Buffer): { width: number; height: number; rows: number[][]; alpha: number[] } {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const header = chunks.get('IHDR') as Buffer;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const lines = inflateSync(chunks.get('IDAT') as Buffer);
  const rows = Array.from({ length: height }, (_, y) => [
    ...lines.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)),
  ]);
  return { width, height, rows, alpha: [...(chunks.get('tRNS') as Buffer)] };
}

describe('the map of a highlight', () => {
  it('is taken as it is where it is small, rows first', () => {
    const map = regionMap(mapOf([0.1, -0.2, 0.3, 0, 0.5, 0.25], [2, 3]));
    expect(map).toMatchObject({ width: 3, height: 2, columns: 3, rows: 2, isPartly: false });
    expect(map.strongest).toBeCloseTo(0.5, 6);
    expect([...map.values].map((value) => Math.round(value * 100))).toEqual([10, -20, 30, 0, 50, 25]);
  });

  it('is thinned where it is large, each place staying where it is', () => {
    const [height, width] = [1024, 2048];
    const values = Array.from({ length: width * height }, (_, i) =>
      i % width >= width / 2 && i >= (width * height) / 2 ? 0.4 : 0,
    );
    const map = regionMap(mapOf(values, [height, width]));
    expect(map).toMatchObject({ width, height, columns: 512, rows: 256 });
    const at = (x: number, y: number) => map.values[y * 512 + x] as number;
    expect([at(255, 128), at(256, 127), at(256, 128), at(511, 255)].map((value) => value > 0)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('may be of 16 bits, one slice, and in part not looked at', () => {
    const halves = Buffer.from(Uint16Array.from([0.5, Number.NaN].map(encodeHalf)).buffer);
    const map = mapOf([], [1, 1, 2], halves);
    const sixteen = { ...map, values: { ...map.values, dataType: 'DATA_TYPE_FP16' } } as runtimeV1.Map__Output;
    expect(regionMap(sixteen)).toMatchObject({ width: 2, height: 1, strongest: 0.5, isPartly: true });
  });

  it.each<[string, runtimeV1.Map__Output]>([
    ['of a signal', mapOf([0, 0], [2])],
    ['of a volume', mapOf([0, 0, 0, 0], [2, 1, 2])],
    ['of fewer values than its grid', mapOf([0, 0, 0], [2, 2])],
    ['of no grid', { ...mapOf([0], [1, 1]), grid: null }],
    ['of no values', { ...mapOf([0], [1, 1]), values: null }],
    ['of numbers that no probability falls by', mapOf([0, 1.5], [1, 2])],
    ['of infinity', mapOf([0, Number.POSITIVE_INFINITY], [1, 2])],
  ])('is refused %s', (_what, map) => {
    expect(() => regionMap(map)).toThrow('is not shown');
  });
});

describe('the picture that is laid over the image', () => {
  it('is clear where nothing speaks for the class, and the stronger the more does', async () => {
    const { width, height, rows, alpha } = read(await overlayPng(regionMap(mapOf([-0.5, 0, 0.1, 0.2], [2, 2]))));
    expect([width, height]).toEqual([2, 2]);
    const seen = rows.flat().map((index) => alpha[index] as number);
    expect(seen.slice(0, 2)).toEqual([0, 0]);
    expect(seen[2]).toBeGreaterThan(50);
    expect(seen[3]).toBeGreaterThan(seen[2] as number);
  });

  it('is faint where hardly anything changes the score', async () => {
    const { rows, alpha } = read(await overlayPng(regionMap(mapOf([0.0001, 0.0002], [1, 2]))));
    for (const index of rows.flat()) expect(alpha[index]).toBeLessThan(20);
  });

  it('has stripes where the model did not look', async () => {
    const map = regionMap(mapOf(Array(64).fill(Number.NaN), [8, 8]));
    const { rows } = read(await overlayPng(map));
    expect(new Set(rows.flat())).toEqual(new Set([0, 255]));
  });

  it('has a scale of the same colours', () => {
    expect(read(scalePng()).rows[0]).toEqual([...Array(255).keys()]);
  });
});
