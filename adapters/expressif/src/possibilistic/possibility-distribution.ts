/** How possible each value of an attribute is, 0 to 1; 1 is "nothing speaks against it". */
export type PossibilityDistribution = ReadonlyMap<string, number>;

/** How possible it is that the value is one of these. 0 where there are none. */
export function possibilityOf(distribution: PossibilityDistribution, values: Iterable<string>): number {
  let degree = 0;
  for (const value of values) degree = Math.max(degree, distribution.get(value) ?? 0);
  return degree;
}

/** How certain it is that the value is one of these: how little possible every other value is. */
export function necessityOf(distribution: PossibilityDistribution, values: Iterable<string>): number {
  const inside = new Set(values);
  return (
    1 -
    possibilityOf(
      distribution,
      [...distribution.keys()].filter((value) => !inside.has(value)),
    )
  );
}

/**
 * How far a distribution is from calling any value entirely possible. More than 0 says that what it was made of
 * contradicts itself to that degree; possibility and necessity are then not coherent with each other.
 */
export function inconsistencyOf(distribution: PossibilityDistribution): number {
  return 1 - possibilityOf(distribution, distribution.keys());
}

/** Why what was given is no distribution. */
export type DistributionFault = {
  readonly reason: /** Nothing was given, or nothing for one of the values. */
    | 'missing'
    | 'not-a-number'
    | 'out-of-range'
    /** A value was given that the attribute does not have. */
    | 'unknown-value'
    /** Probabilities that do not sum to 1. */
    | 'not-summing-to-one'
    /** No value is entirely possible. */
    | 'subnormal';
  /** The value at fault. */
  readonly value?: string | undefined;
};

export type GivenDistribution = Readonly<Record<string, number>>;

export const isFault = (judged: readonly number[] | DistributionFault): judged is DistributionFault =>
  !Array.isArray(judged);

/** The degrees that were given, in the order of the values. */
export function degreesOf(
  values: readonly string[],
  given: GivenDistribution | undefined,
): number[] | DistributionFault {
  if (typeof given !== 'object' || given === null) return { reason: 'missing' };
  const known = new Set(values);
  const unknown = Object.keys(given).find((value) => !known.has(value));
  if (unknown !== undefined) return { reason: 'unknown-value', value: unknown };
  const degrees: number[] = [];
  for (const value of values) {
    const degree: unknown = Object.hasOwn(given, value) ? given[value] : undefined;
    if (degree === undefined || degree === null) return { reason: 'missing', value };
    if (typeof degree !== 'number' || Number.isNaN(degree)) return { reason: 'not-a-number', value };
    if (degree < 0 || !Number.isFinite(degree)) return { reason: 'out-of-range', value };
    degrees.push(degree);
  }
  return degrees;
}

/** Judges what was given as a possibility distribution over these values. */
export function admitPossibility(
  values: readonly string[],
  given: GivenDistribution | undefined,
): PossibilityDistribution | DistributionFault {
  const degrees = degreesOf(values, given);
  if (isFault(degrees)) return degrees;
  const above = degrees.findIndex((degree) => degree > 1);
  if (above !== -1) return { reason: 'out-of-range', value: values[above] };
  if (!degrees.includes(1)) return { reason: 'subnormal' };
  return new Map(values.map((value, i) => [value, degrees[i] as number]));
}
