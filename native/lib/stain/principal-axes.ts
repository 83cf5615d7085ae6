/** A symmetric 3 x 3 matrix: xx, yy, zz, xy, xz, yz. */
export type SymmetricMatrix = readonly [number, number, number, number, number, number];
export type Vector = readonly [number, number, number];

/**
 * Eigenvectors of a symmetric 3 x 3 matrix, of length 1, the largest eigenvalue's first.
 *
 * Cyclic Jacobi rotations until the off-diagonal elements vanish against the diagonal, at most 32
 * sweeps. Only `+ - * /` and square roots: the same bits on every machine.
 */
export function principalAxes(matrix: SymmetricMatrix): [Vector, Vector, Vector] {
  const [xx, yy, zz, xy, xz, yz] = matrix;
  const m = [
    [xx, xy, xz],
    [xy, yy, yz],
    [xz, yz, zz],
  ];
  const axes = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const at = (i: number, j: number) => m[i]?.[j] as number;
  const scale = Math.abs(xx) + Math.abs(yy) + Math.abs(zz);
  for (let sweep = 0; sweep < 32; sweep++) {
    if (Math.abs(at(0, 1)) + Math.abs(at(0, 2)) + Math.abs(at(1, 2)) <= scale * 1e-18) break;
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      if (at(p, q) === 0) continue;
      const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
      const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
      const cosine = 1 / Math.sqrt(tangent * tangent + 1);
      const sine = tangent * cosine;
      rotateColumns(m, p, q, cosine, sine);
      rotateRows(m, p, q, cosine, sine);
      rotateColumns(axes, p, q, cosine, sine);
    }
  }
  const column = (j: number): Vector => [axes[0]?.[j] as number, axes[1]?.[j] as number, axes[2]?.[j] as number];
  const order = [0, 1, 2].sort((i, j) => at(j, j) - at(i, i));
  return [column(order[0] as number), column(order[1] as number), column(order[2] as number)];
}

function rotateColumns(m: number[][], p: number, q: number, cosine: number, sine: number): void {
  for (const row of m) {
    const [a, b] = [row[p] as number, row[q] as number];
    row[p] = cosine * a - sine * b;
    row[q] = sine * a + cosine * b;
  }
}

function rotateRows(m: number[][], p: number, q: number, cosine: number, sine: number): void {
  const [a, b] = [m[p] as number[], m[q] as number[]];
  m[p] = a.map((value, k) => cosine * value - sine * (b[k] as number));
  m[q] = a.map((value, k) => sine * value + cosine * (b[k] as number));
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** The vector at length 1. */
export function unit(a: Vector): Vector {
  const length = Math.sqrt(dot(a, a));
  return [a[0] / length, a[1] / length, a[2] / length];
}
