import { createHash } from 'node:crypto';
import { type Manifest, RESEARCH_USE } from '@deephealth/sdk';
import type { ItemResult, StagedItems } from '../steps/run-folder.js';
import type { CohortEvaluation } from './cohort-evaluation.js';
import { type Distribution, distributionOf } from './distribution.js';
import { findingsOf, finite } from './finding-document.js';
import { warningName } from './scores-csv.js';

/** `summary.json` of a result: everything that the page shows, without its plots. */
export interface CohortSummary {
  readonly schemaVersion: 1;
  readonly notice: string;
  /** "<model>/<version>/<label>". */
  readonly chain: string;
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly title: string;
    readonly license: string;
    readonly packageSha256: string;
    /** One, unless items were done by different files, which then is a fault. */
    readonly onnxSha256: readonly string[];
  };
  readonly parameters: Readonly<Record<string, number | boolean>>;
  /** Of lines of "<item> <sha256>" of what was staged, in the order of the inputs. */
  readonly inputsSha256: string;
  readonly ranOn: readonly { readonly engine: string; readonly executionProvider: string; readonly items: number }[];
  readonly items: {
    readonly total: number;
    readonly predicted: number;
    readonly refused: number;
    /** Staged, but without a result. */
    readonly missing: number;
    /** Attributes, fields and pictures that de-identification took out or replaced. */
    readonly cleaned: number;
  };
  readonly refusals: readonly ReasonCount[];
  readonly warnings: readonly WarningCount[];
  readonly findings: readonly FindingSummary[];
  /** With labels. */
  readonly evaluation?: CohortEvaluation;
}

export interface ReasonCount {
  readonly code: string;
  readonly message: string;
  readonly count: number;
  /** The first ones. */
  readonly items: readonly string[];
}

export interface WarningCount {
  readonly kind: string;
  readonly field: string;
  /** Items that have it. */
  readonly count: number;
  readonly items: readonly string[];
}

export type FindingSummary =
  | {
      readonly kind: 'classification';
      readonly name: string;
      readonly mode: string;
      readonly items: number;
      readonly abstained: number;
      readonly classes: readonly {
        readonly label: string;
        readonly threshold?: number;
        readonly decided: number;
        readonly probability?: Distribution;
      }[];
    }
  | {
      readonly kind: 'regression' | 'mask';
      readonly name: string;
      readonly items: number;
      readonly values: readonly {
        readonly label: string;
        readonly unit: string;
        /** Items for which it is no number. */
        readonly undefinedFor: number;
        /** Of a mask: items in which the class is. */
        readonly present?: number;
        readonly distribution?: Distribution;
      }[];
    }
  | {
      readonly kind: 'events' | 'detections' | 'text' | 'map' | 'tensor';
      readonly name: string;
      readonly items: number;
      /** Of events and detections: how many, by their label. */
      readonly counts?: readonly { readonly label: string; readonly count: number }[];
    };

const ITEMS_NAMED = 20;

/** Counts and distributions of the results of a run. */
export function summarizeCohort(
  manifest: Manifest,
  staged: StagedItems,
  results: readonly ItemResult[],
): CohortSummary {
  const { name, version, title, license } = manifest;
  const predicted = results.filter(({ status }) => status === 'predicted');
  const done = new Set(results.map(({ item }) => item));
  const refused = results.filter(({ status }) => status === 'refused');
  const digests = staged.items.map(({ item, sha256 }) => `${item} ${sha256}\n`).join('');
  return {
    schemaVersion: 1,
    notice: RESEARCH_USE,
    chain: staged.chain,
    model: {
      ...{ name, version, title, license, packageSha256: staged.packageSha256 },
      onnxSha256: [...new Set(predicted.map(({ model }) => model.onnxSha256))].sort(),
    },
    parameters: Object.fromEntries(Object.entries(staged.parameters).sort(([a], [b]) => (a < b ? -1 : 1))),
    inputsSha256: createHash('sha256').update(digests).digest('hex'),
    ranOn: grouped(
      predicted,
      ({ ranOn }) => [ranOn.engine, ranOn.executionProvider],
      ([engine = '', executionProvider = ''], { length }) => ({ engine, executionProvider, items: length }),
    ),
    items: {
      total: staged.items.length,
      predicted: predicted.length,
      refused: refused.length,
      missing: staged.items.filter(({ item }) => !done.has(item)).length,
      cleaned: staged.items.reduce((sum, { cleaned }) => sum + cleaned, 0),
    },
    refusals: grouped(
      refused,
      ({ error }) => [error?.code ?? 'DH_INTERNAL', error?.message ?? ''],
      ([code = '', message = ''], items) => ({ code, message, count: items.length, items: named(items) }),
    ),
    warnings: warningCounts(predicted),
    findings: findingSummaries(predicted),
  };
}

function named(items: readonly ItemResult[]): string[] {
  return items.slice(0, ITEMS_NAMED).map(({ item }) => item);
}

/** Groups of equal keys, the largest first, then by their keys. */
function grouped<T, R>(
  list: readonly T[],
  keysOf: (one: T) => readonly string[],
  toRow: (keys: readonly string[], group: readonly T[]) => R,
): R[] {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const key = JSON.stringify(keysOf(one));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups]
    .sort(([key, group], [otherKey, other]) => other.length - group.length || (key < otherKey ? -1 : 1))
    .map(([key, group]) => toRow(JSON.parse(key) as string[], group));
}

function warningCounts(predicted: readonly ItemResult[]): WarningCount[] {
  const each = predicted.flatMap((result) => {
    const kinds = new Set(result.warnings.map(({ kind, field }) => JSON.stringify([warningName(kind), field])));
    return [...kinds].map((key) => ({ result, keys: JSON.parse(key) as string[] }));
  });
  return grouped(
    each,
    ({ keys }) => keys,
    ([kind = '', field = ''], items) => ({
      ...{ kind, field, count: items.length },
      items: named(items.map(({ result }) => result)),
    }),
  );
}

function findingSummaries(predicted: readonly ItemResult[]): FindingSummary[] {
  const byName = new Map<string, ReturnType<typeof findingsOf>>();
  for (const result of predicted) {
    for (const finding of findingsOf(result)) {
      const list = byName.get(finding.name);
      if (list === undefined) byName.set(finding.name, [finding]);
      else list.push(finding);
    }
  }
  return [...byName].flatMap(([name, found]): FindingSummary[] => {
    const of = <K extends keyof (typeof found)[number]>(kind: K) =>
      found.flatMap((one) => (one[kind] === undefined ? [] : [one[kind] as NonNullable<(typeof one)[K]>]));
    const classifications = of('classification');
    const [first] = classifications;
    if (first !== undefined) {
      return [
        {
          ...{ kind: 'classification', name, mode: first.mode.replace(/^CLASSIFICATION_MODE_/, '').toLowerCase() },
          items: classifications.length,
          abstained: classifications.filter(({ abstained }) => abstained).length,
          classes: first.classes.map(({ label, threshold }) => {
            const own = classifications.flatMap(({ classes }) => classes.filter((one) => one.label === label));
            const probability = distributionOf(numbers(own.map((one) => one.probability)), [0, 1]);
            return {
              label,
              ...(threshold === undefined ? {} : { threshold }),
              decided: classifications.filter(({ decision }) => decision.includes(label)).length,
              ...(probability === undefined ? {} : { probability }),
            };
          }),
        },
      ];
    }
    const regressions = of('regression');
    if (regressions.length > 0) {
      return [
        { kind: 'regression', name, items: regressions.length, values: valuesOf(regressions.flatMap((r) => r.values)) },
      ];
    }
    const masks = of('mask');
    if (masks.length > 0) {
      const extents = masks.flatMap(({ classes }) =>
        classes.map(({ label, extent }) => ({ label, value: extent?.value, unit: extent?.unit ?? '' })),
      );
      const values = valuesOf(extents).map((value) => ({
        ...value,
        present: extents.filter((one) => one.label === value.label && one.unit === value.unit && (one.value ?? 0) > 0)
          .length,
      }));
      return [{ kind: 'mask', name, items: masks.length, values }];
    }
    for (const kind of ['events', 'detections'] as const) {
      const lists = of(kind);
      if (lists.length === 0) continue;
      const labels = lists.flatMap(({ items }) => items);
      const counts = grouped(
        labels,
        ({ label }) => [label],
        ([label = ''], { length }) => ({ label, count: length }),
      );
      return [{ kind, name, items: lists.length, counts }];
    }
    const kind = (['text', 'map', 'tensor'] as const).find((one) => of(one).length > 0);
    return kind === undefined ? [] : [{ kind, name, items: of(kind).length }];
  });
}

function numbers(values: readonly unknown[]): number[] {
  return values.flatMap((value) => finite(value) ?? []);
}

function valuesOf(list: readonly { readonly label: string; readonly value: unknown; readonly unit: string }[]) {
  const keys = [...new Set(list.map(({ label, unit }) => JSON.stringify([label, unit])))];
  return keys.map((key) => {
    const [label, unit] = JSON.parse(key) as [string, string];
    const own = list.filter((one) => one.label === label && one.unit === unit);
    const known = numbers(own.map(({ value }) => value));
    const distribution = distributionOf(known);
    return {
      ...{ label, unit, undefinedFor: own.length - known.length },
      ...(distribution === undefined ? {} : { distribution }),
    };
  });
}
