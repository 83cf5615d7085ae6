import type { Declaration } from './declaration.js';

/** How a feature is declared and what GetServerInfo says of it. */
export interface FeatureComparison {
  readonly feature: string;
  /** Absent where the declaration does not mention it. */
  readonly declared?: boolean;
  readonly observed: boolean;
  /**
   * `agrees`; `absent`: declared, and GetServerInfo does not name it; `denied`: declared as not offered, and named;
   * `undeclared`: named, and the declaration does not mention it.
   */
  readonly result: 'agrees' | 'absent' | 'denied' | 'undeclared';
}

/** Every feature that is declared or named, in the order of their names. */
export function compareFeatures(declared: Declaration['features'], observed: ReadonlySet<string>): FeatureComparison[] {
  const names = [...new Set([...Object.keys(declared ?? {}), ...observed])].sort();
  return names.map((feature) => {
    const isDeclared = declared?.[feature];
    const isObserved = observed.has(feature);
    return {
      feature,
      ...(isDeclared !== undefined && { declared: isDeclared }),
      observed: isObserved,
      result: resultOf(isDeclared, isObserved),
    };
  });
}

function resultOf(isDeclared: boolean | undefined, isObserved: boolean): FeatureComparison['result'] {
  if (isDeclared === undefined) return 'undeclared';
  if (isDeclared === isObserved) return 'agrees';
  return isDeclared ? 'absent' : 'denied';
}
