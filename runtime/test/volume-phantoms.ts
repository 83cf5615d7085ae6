import type { runtimeV1 } from '@deephealth/proto';

/** Six letters of sides, to an axis of RAS and along or against it. */
const AXES: Record<string, readonly [axis: number, sign: number]> = {
  R: [0, 1],
  L: [0, -1],
  A: [1, 1],
  P: [1, -1],
  S: [2, 1],
  I: [2, -1],
};

/** Every way to lay an array along the body: 48 orientations, "RAS" to "ILP". */
export const ORIENTATIONS = ['RAS', 'RSA', 'ARS', 'ASR', 'SRA', 'SAR'].flatMap((order) =>
  Array.from({ length: 8 }, (_, bits) =>
    [...order].map((letter, i) => ((bits >> i) & 1 ? ({ R: 'L', A: 'P', S: 'I' }[letter] as string) : letter)).join(''),
  ),
);

/**
 * A box in the patient: extents and spacing along R, A and S, and a value at each place that tells the
 * place, so that nothing that is turned, mirrored or shifted looks like what it was.
 */
export const BOX = { extents: [5, 4, 3], spacing: [0.5, 2, 3], origin: [-7, 11, 20] } as const;

/** Value at the box's element (r, a, s). */
export type PhantomValue = (r: number, a: number, s: number) => number;
export const telling: PhantomValue = (r, a, s) => 100 * r + 10 * a + s + 1;

export interface Phantom {
  /** [depth, height, width], row-major. */
  readonly values: number[];
  readonly shape: [number, number, number];
  /** Index (width, height, depth) to millimetres in RAS: three rows of four. */
  readonly affine: number[];
  readonly grid: runtimeV1.Grid;
}

/** The box as an array whose depth, height and width grow towards the given sides. */
export function phantom(axes: string, value: PhantomValue = telling): Phantom {
  const sides = [...axes].map((letter) => AXES[letter] as readonly [number, number]);
  const shape = sides.map(([axis]) => BOX.extents[axis] as number) as [number, number, number];
  // Which element of the box lies at an index of the array.
  const element = (index: readonly number[]): [number, number, number] => {
    const place: [number, number, number] = [0, 0, 0];
    sides.forEach(([axis, sign], i) => {
      const at = index[i] as number;
      place[axis as 0] = sign > 0 ? at : (shape[i] as number) - 1 - at;
    });
    return place;
  };
  const values: number[] = [];
  for (let k = 0; k < shape[0]; k++)
    for (let j = 0; j < shape[1]; j++) for (let i = 0; i < shape[2]; i++) values.push(value(...element([k, j, i])));
  const origin = element([0, 0, 0]).map(
    (at, axis) => (BOX.origin[axis] as number) + at * (BOX.spacing[axis] as number),
  );
  const column = ([axis, sign]: readonly [number, number]) => [0, 1, 2].map((row) => (row === axis ? sign : 0));
  const spacing = sides.map(([axis]) => BOX.spacing[axis] as number);
  const columns = [2, 1, 0].map((i) => column(sides[i] as [number, number]).map((c) => c * (spacing[i] as number)));
  return {
    values,
    shape,
    affine: [0, 1, 2].flatMap((row) => [...columns.map((c) => c[row] as number), origin[row] as number]),
    grid: {
      size: shape,
      origin,
      spacing,
      direction: sides.flatMap(column),
      unit: 'LENGTH_UNIT_MILLIMETRE',
      convention: 'COORDINATE_CONVENTION_RAS',
    },
  };
}

/** A NIfTI-1 file of a phantom, INT16, as the standard's tables have it; the sform holds the affine. */
export function niftiFile({ values, shape, affine }: Phantom): Buffer {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  [3, shape[2], shape[1], shape[0], 1, 1, 1, 1].map((extent, i) => header.writeInt16LE(extent, 40 + i * 2));
  header.writeInt16LE(4, 70);
  header.writeInt16LE(16, 72);
  [1, 1, 1, 1].map((size, i) => header.writeFloatLE(size, 76 + i * 4));
  header.writeFloatLE(352, 108);
  header.writeUInt8(2, 123);
  header.writeInt16LE(1, 254);
  affine.map((value, i) => header.writeFloatLE(value, 280 + i * 4));
  header.write('n+1\0', 344, 'latin1');
  return Buffer.concat([header, Buffer.from(Int16Array.from(values).buffer)]);
}
