/** Labels on a grid, as a mask of the contract has them. */
export interface LabelGrid {
  /** Extents, outermost first. */
  readonly size: readonly number[];
  /** Row-major. */
  readonly labels: readonly number[];
  readonly spacing: readonly number[];
  /** Direction cosines, column by column. */
  readonly direction: readonly number[];
  readonly convention: 'LPS' | 'RAS' | 'IMAGE';
  /** Whether spacing is in millimetres. */
  readonly isMeasured: boolean;
}

export type SpatialRelation =
  | { readonly direction: string }
  | { readonly nearMm: readonly [number, number] }
  | { readonly adjacentMm: number };

export interface RelationDegrees {
  readonly necessity: number;
  readonly mean: number;
  readonly possibility: number;
}

type Vector = readonly number[];

/** Where a side of the body, or of the image, lies in the frame LPS, or in that of an image with y down. */
const SIDES: Readonly<Record<string, Vector>> = {
  left: [1, 0, 0],
  right: [-1, 0, 0],
  posterior: [0, 1, 0],
  anterior: [0, -1, 0],
  superior: [0, 0, 1],
  inferior: [0, 0, -1],
  'image-right': [1, 0],
  'image-left': [-1, 0],
  'image-below': [0, 1],
  'image-above': [0, -1],
};

/**
 * How one class lies to another, by looking at every pair of samples (after Bloch 1999). Each step is a method of its
 * own, so that a mutant can change it.
 */
export class RelationOracle {
  /** Undefined where a class is not there, or a distance has no unit of length. */
  degrees(grid: LabelGrid, subject: number, reference: number, relation: SpatialRelation): RelationDegrees | undefined {
    if (!('direction' in relation) && !this.hasLength(grid)) return undefined;
    const subjects = this.places(grid, subject);
    const references = this.places(grid, reference);
    if (subjects.length === 0 || references.length === 0) return undefined;
    const of = subjects.map((place) => this.degreeAt(place, references, relation, grid));
    return {
      necessity: Math.min(...of),
      mean: of.reduce((sum, degree) => sum + degree, 0) / of.length,
      possibility: Math.max(...of),
    };
  }

  /** Between two samples, as wide as they are; 0 where they touch. */
  gap(between: Vector, grid: LabelGrid): number {
    const axes = grid.size.length;
    const spacing = this.spacing(grid);
    return Math.hypot(
      ...spacing.map((step, axis) => {
        const along = between.reduce((sum, part, at) => sum + part * (grid.direction[axis * axes + at] as number), 0);
        return Math.max(0, Math.abs(along) - step);
      }),
    );
  }

  hasLength({ isMeasured }: LabelGrid): boolean {
    return isMeasured;
  }

  degreeAt(place: Vector, references: readonly Vector[], relation: SpatialRelation, grid: LabelGrid): number {
    if ('direction' in relation) {
      const side = this.side(relation.direction, grid);
      const angles = references.map((other) => angle(difference(place, other), side));
      return Math.max(0, 1 - (2 / Math.PI) * Math.min(...angles));
    }
    if ('adjacentMm' in relation) {
      const gap = Math.min(...references.map((other) => this.gap(difference(place, other), grid)));
      return Math.max(0, 1 - gap / relation.adjacentMm);
    }
    const distance = Math.min(...references.map((other) => Math.hypot(...difference(place, other))));
    const [whole, none] = relation.nearMm;
    return Math.min(1, Math.max(0, (none - distance) / (none - whole)));
  }

  /** In the frame of the grid. */
  side(name: string, { convention }: LabelGrid): Vector {
    const side = SIDES[name];
    if (side === undefined) throw new RangeError(`"${name}" is no side`);
    // x and y of RAS run against those of LPS.
    return convention === 'RAS' ? side.map((part, axis) => (axis < 2 ? -part : part)) : side;
  }

  spacing({ spacing }: LabelGrid): readonly number[] {
    return spacing;
  }

  /** Centres of the samples of a class, in the frame of the grid. */
  places(grid: LabelGrid, label: number): Vector[] {
    const { size, labels, direction } = grid;
    const spacing = this.spacing(grid);
    const axes = size.length;
    return labels.flatMap((one, index) => {
      if (one !== label) return [];
      const steps: number[] = [];
      let rest = index;
      for (const extent of [...size].reverse()) {
        steps.unshift(rest % extent);
        rest = Math.floor(rest / extent);
      }
      return [
        Array.from({ length: axes }, (_, part) =>
          steps.reduce(
            (sum, step, axis) => sum + step * (spacing[axis] as number) * (direction[axis * axes + part] as number),
            0,
          ),
        ),
      ];
    });
  }
}

const difference = (a: Vector, b: Vector) => a.map((part, axis) => part - (b[axis] as number));

/** Between a vector and a side; a sample of the reference itself lies there altogether. */
function angle(vector: Vector, side: Vector): number {
  const length = Math.hypot(...vector);
  if (length === 0) return 0;
  const cosine = vector.reduce((sum, part, axis) => sum + part * (side[axis] as number), 0) / length;
  return Math.acos(Math.min(1, Math.max(-1, cosine)));
}
