import { evaluateRelation, type FuzzyMask, type PatientSide } from '@deephealth/adapter-expressif';

/** Regions of one volume. In an example the k-th is that of the k-th label. */
export type Scene = { readonly name: string; readonly regions: readonly FuzzyMask[] };

/** A region stands on that side of another. */
type Relation = { readonly object: number; readonly side: PatientSide; readonly reference: number };

/** Between labels, with the least degree to which it holds in the examples. */
export type Constraint = Relation & { readonly lowest: number };

export type Annotation = {
  /** Whether one way to give the labels meets the constraints clearly better than all others. */
  readonly isDecided: boolean;
  /** `regions[k]` has the label k. */
  readonly regions: readonly number[];
  /** How far the weakest constraint is met, and how far in the next best way. */
  readonly degree: number;
  readonly next: number;
  /** The constraints, between the regions that got the labels. */
  readonly because: readonly (Relation & { readonly degree: number })[];
};

const SIDES: readonly PatientSide[] = ['left', 'right', 'anterior', 'posterior', 'superior', 'inferior'];
/** A relation is kept where it holds rather than not in every example. */
const RELEVANT = 0.5;
/** Names that are met as well as others, but for this, are not given. */
const MARGIN = 0.1;

/** The mean degree to which a relation holds; none where it is refused, as for an empty region. */
function degreeOf(regions: readonly FuzzyMask[], { object, side, reference }: Relation): number {
  const relation = evaluateRelation(regions[object] as FuzzyMask, regions[reference] as FuzzyMask, {
    kind: 'direction',
    side,
  });
  return relation.status === 'determinate' ? relation.mean : 0;
}

/** The relations between labels that hold in all examples. */
export function learnRelations(examples: readonly Scene[], labels: number): Constraint[] {
  const all = Array.from({ length: labels }, (_, label) => label);
  return all.flatMap((object) =>
    all.flatMap((reference) =>
      SIDES.flatMap((side) => {
        if (object === reference) return [];
        const relation = { object, side, reference };
        const lowest = Math.min(...examples.map(({ regions }) => degreeOf(regions, relation)));
        return lowest > RELEVANT ? [{ ...relation, lowest }] : [];
      }),
    ),
  );
}

/** Gives each region the label by which the constraints are met best, and says why. */
export function annotateRegions({ regions }: Scene, constraints: readonly Constraint[]): Annotation {
  const [best, next] = orders(regions.map((_, region) => region))
    .map((order) => {
      const because = constraints.map(({ object, side, reference }) => {
        const relation = { object: order[object] as number, side, reference: order[reference] as number };
        return { ...relation, degree: degreeOf(regions, relation) };
      });
      return { regions: order, because, degree: Math.min(...because.map(({ degree }) => degree)) };
    })
    .sort((one, other) => other.degree - one.degree);
  if (best === undefined || next === undefined) throw new RangeError('names are given to two regions or more');
  const isDecided = constraints.length > 0 && best.degree - next.degree >= MARGIN;
  return { ...best, isDecided, next: next.degree };
}

function orders(left: readonly number[]): number[][] {
  if (left.length === 0) return [[]];
  return left.flatMap((one) => orders(left.filter((other) => other !== one)).map((rest) => [one, ...rest]));
}
