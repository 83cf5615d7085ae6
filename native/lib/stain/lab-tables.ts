// CIELAB under D65 (2 degrees) from sRGB bytes and back, as scikit-image defines it, in tables.

/** Linear sRGB to XYZ. */
const XYZ_FROM_RGB = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
] as const;

/** The white point: X, Y, Z of D65. */
const WHITE = [0.95047, 1, 1.08883] as const;

/** Pieces per unit of linear light. */
const PIECES = 4096;

export interface LabTables {
  /** Row table: what a byte of each channel adds to X / Xn, Y / Yn and Z / Zn. */
  readonly rows: Float64Array;
  /** Constant and slope of f(t) per piece of t; 4098 pieces. */
  readonly root: Float64Array;
  /** X / Xn, Y / Yn, Z / Zn to linear sRGB; 3 x 3. */
  readonly matrix: Float64Array;
  /** Byte at the lower end of each piece of linear light; 4097 pieces. */
  readonly base: Uint8Array;
  /** Linear light within the piece from which the byte is one more; infinite where there is none. */
  readonly threshold: Float64Array;
}

let tables: LabTables | undefined;

/** The tables, made at the first call. */
export function labTables(): LabTables {
  tables ??= { rows: tristimulusRows(), root: rootPieces(), matrix: lightMatrix(), ...byteSteps() };
  return tables;
}

/** sRGB in 0..1 to linear light. */
function linearLight(s: number): number {
  return s > 0.04045 ? ((s + 0.055) / 1.055) ** 2.4 : s / 12.92;
}

function tristimulusRows(): Float64Array {
  const rows = new Float64Array(3 * 256 * 4);
  for (let c = 0; c < 3; c++) {
    for (let v = 0; v < 256; v++) {
      for (let j = 0; j < 3; j++) {
        rows[(c * 256 + v) * 4 + j] = (linearLight(v / 255) * (XYZ_FROM_RGB[j]?.[c] as number)) / (WHITE[j] as number);
      }
    }
  }
  return rows;
}

/** The compression of LAB: a cube root, and a straight line near black. */
function compress(t: number): number {
  return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
}

/**
 * f(t) as straight lines between its values at multiples of 1 / 4096. The line is at most 5e-6 away
 * from f, at its steepest, and 2e-8 where t > 0.25.
 */
function rootPieces(): Float64Array {
  const root = new Float64Array(2 * (PIECES + 2));
  for (let piece = 0; piece < PIECES + 2; piece++) {
    const [left, right] = [piece / PIECES, (piece + 1) / PIECES];
    const slope = (compress(right) - compress(left)) * PIECES;
    root[2 * piece] = compress(left) - slope * left;
    root[2 * piece + 1] = slope;
  }
  return root;
}

/** The inverse of XYZ_FROM_RGB, its columns scaled by the white point. */
function lightMatrix(): Float64Array {
  const [[a, b, c], [d, e, f], [g, h, i]] = XYZ_FROM_RGB;
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const adjugate = [
    ...[e * i - f * h, c * h - b * i, b * f - c * e],
    ...[f * g - d * i, a * i - c * g, c * d - a * f],
    ...[d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return Float64Array.from(adjugate, (value, k) => (value / determinant) * (WHITE[k % 3] as number));
}

/** Where linear light rounds to the next byte of sRGB. Such a step is never twice in one piece. */
function byteSteps(): Pick<LabTables, 'base' | 'threshold'> {
  const base = new Uint8Array(PIECES + 1);
  const threshold = new Float64Array(PIECES + 1).fill(Number.POSITIVE_INFINITY);
  for (let byte = 1; byte < 256; byte++) {
    const step = linearLight((byte - 0.5) / 255);
    threshold[Math.trunc(step * PIECES)] = step;
    base.fill(byte, Math.trunc(step * PIECES) + 1);
  }
  return { base, threshold };
}
