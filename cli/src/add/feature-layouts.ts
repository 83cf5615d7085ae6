import type { TableToFeaturesStep } from '@deephealth/sdk';
import type { SampleColumn } from './sample-columns.js';

type Features = TableToFeaturesStep['features'];

/** An order of features that a training may have had. */
export interface FeatureLayout {
  readonly id: 'columns' | 'columns-drop-first' | 'numbers-first' | 'numbers-first-drop-first';
  readonly what: string;
  readonly features: Features;
}

const WHAT = {
  columns: 'in the order of the columns, a feature for each category',
  'columns-drop-first': 'in the order of the columns, a feature for each category but the first',
  'numbers-first': 'numbers first, then a feature for each category',
  'numbers-first-drop-first': 'numbers first, then a feature for each category but the first',
} as const;

/**
 * The usual ways from columns to a row of features that give the number that the graph takes; equal ones once.
 * Categories are in alphabetical order, as pandas and scikit-learn make them.
 */
export function featureLayouts(columns: readonly SampleColumn[], featureCount: number): FeatureLayout[] {
  const layouts: FeatureLayout[] = [];
  for (const id of Object.keys(WHAT) as (keyof typeof WHAT)[]) {
    const isCategory = (column: SampleColumn) => Number(column.type === 'category');
    const ordered = id.startsWith('numbers') ? [...columns].sort((a, b) => isCategory(a) - isCategory(b)) : columns;
    const features = ordered.flatMap((column) => featuresOf(column, id.endsWith('drop-first')));
    const isNew = !layouts.some((other) => JSON.stringify(other.features) === JSON.stringify(features));
    if (features.length === featureCount && isNew) layouts.push({ id, what: WHAT[id], features });
  }
  return layouts;
}

function featuresOf({ header: { name }, categories }: SampleColumn, withoutFirst: boolean): Features {
  if (categories === undefined) return [{ column: name }];
  return categories.slice(withoutFirst ? 1 : 0).map((equals) => ({ column: name, equals }));
}

/** Numbers of features that the usual ways would give, for a message. */
export function possibleFeatureCounts(columns: readonly SampleColumn[]): number[] {
  const count = (withoutFirst: boolean) =>
    columns.reduce((sum, column) => sum + featuresOf(column, withoutFirst).length, 0);
  return [...new Set([count(false), count(true)])];
}
