import type { GoldenInput, ReferenceTensor, TableInputSpec } from '@deephealth/sdk';

/**
 * Rows of a table as the graph takes them, computed here and not by the runtime: each step in float64 and rounded once
 * to FP32, as the package format defines it.
 */
export function featureRows({ steps }: TableInputSpec, inputs: readonly GoldenInput[]): ReferenceTensor {
  const [{ features }, ...scalings] = steps;
  const values = inputs.flatMap((input) => {
    const table = 'table' in input ? input.table : {};
    const row = features.map(({ column, equals }) => {
      const value = table[column] ?? { missing: 'unknown' as const };
      if (equals !== undefined) return Number('category' in value && value.category === equals);
      if ('boolean' in value) return Number(value.boolean);
      return Math.fround('number' in value ? value.number : Number.NaN);
    });
    return scalings.reduce<number[]>(
      (scaled, { mean, std }) =>
        scaled.map((value, index) => Math.fround((value - (mean[index] as number)) / (std[index] as number))),
      row,
    );
  });
  return { shape: [inputs.length, features.length], values: Float64Array.from(values) };
}
