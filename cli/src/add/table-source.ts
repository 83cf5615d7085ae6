import type { ColumnSpec, GoldenTableValue, OnnxGraph, TableInputSpec } from '@deephealth/sdk';
import { toUcum } from './column-header.js';
import type { FeatureLayout } from './feature-layouts.js';
import { featureLayouts, possibleFeatureCounts } from './feature-layouts.js';
import type { Inquiry } from './inquiry.js';
import { findLabelColumn, passedOver } from './label-column.js';
import { notPossible } from './model-output.js';
import type { Candidate } from './probe.js';
import { type SampleColumn, toSampleColumn } from './sample-columns.js';
import { MOST_SAMPLES, type SampleSource, spread } from './sample-source.js';
import { samplesInvalid } from './samples-invalid.js';
import type { TableSamples } from './table-samples.js';

export interface LabelFlags {
  /** Column of the truth; false: there is none. */
  readonly label?: string | false;
  readonly ignore: readonly string[];
}

const INPUT = 'record';
const FEWEST_ROWS = 5;
/** Operators that prepare features themselves, when they are the first to see them. */
const PREPARING = ['Scaler', 'BatchNormalization', 'Sub', 'Imputer', 'Normalizer'];

/** Rows of a table as samples of a model that takes one row of features. */
export function tableSource(
  { headers, rows }: TableSamples,
  graph: OnnxGraph,
  flags: LabelFlags,
  inquiry: Inquiry,
): SampleSource {
  const feature = featureTensor(graph);
  if (rows.length < FEWEST_ROWS) {
    throw samplesInvalid(
      `The samples have ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}, and at least ${FEWEST_ROWS} are needed: types and ranges of columns come from them.`,
    );
  }
  const names = headers.map(({ name }) => name);
  const labelName = labelOf(names, flags, inquiry);
  const others = names.filter((name) => name !== labelName);
  const { ids, ignored } = passedOver(others, flags.ignore);
  for (const name of ids)
    inquiry.infer(`columns.${name}`, 'passed over', 'assumed', 'It has the name of an identifier.');
  const inputs = others.filter((name) => !ids.includes(name) && !ignored.includes(name));
  const columns = inputs.map((name) => {
    const place = names.indexOf(name);
    return toSampleColumn(
      headers[place] as (typeof headers)[number],
      rows.map((row) => row[place] ?? ''),
    );
  });
  const layouts = featureLayouts(columns, feature.width);
  if (layouts.length === 0) throw wrongCount(columns, feature.width, labelName);
  const specs = columns.map((column) => columnSpec(column, inquiry));
  const usable = usableRows(rows, columns, labelName === undefined ? undefined : names.indexOf(labelName));
  const chosen = spread(usable.length, MOST_SAMPLES).map((place) => usable[place] as number);
  if (chosen.length < FEWEST_ROWS) {
    throw samplesInvalid(
      `Only ${chosen.length} rows have a value in every column, and at least ${FEWEST_ROWS} are needed.`,
    );
  }
  const labels = labelName === undefined ? undefined : chosen.map((row) => rows[row]?.[names.indexOf(labelName)] ?? '');
  return {
    kind: 'table',
    summary: `a table of ${columns.length} columns (${columns.map(({ header, type }) => `${header.name}: ${type}`).join(', ')})`,
    inputs: chosen.map((row) => ({ table: tableRow(columns, specs, row) })),
    names: chosen.map((row) => `row ${row + 1}`),
    ...(labels !== undefined && { labels }),
    labelName: labelName ?? 'finding',
    skippedCount: rows.length - usable.length,
    candidates: candidatesOf(layouts, columns, specs, feature.name, graph, labels !== undefined, inquiry),
    settings: SETTINGS,
    neverShown: { 'input.scaling': 'standardize' },
  };
}

const SETTINGS = {
  'input.layout': {
    ask: 'In which order do the features stand in the tensor?',
    why: 'The graph does not name them, and a wrong order gives wrong answers without a word.',
  },
  'input.scaling': {
    ask: 'Were numbers standardized before they went into the model, or do they go in as they are?',
    why: 'The graph does not begin with a scaler, so the training may have had one outside of it.',
  },
} as const;

function featureTensor({ inputs }: OnnxGraph): { name: string; width: number } {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    throw notPossible(`The graph takes ${inputs.length} inputs, and a table fills one tensor [rows, features]`);
  }
  const [batch, width] = input.shape ?? [];
  const isRow = input.dataType === 'FP32' && input.shape?.length === 2 && (typeof batch !== 'number' || batch === 1);
  if (!isRow || typeof width !== 'number') {
    throw notPossible(
      `The graph takes ${input.elementType ?? input.kind} [${(input.shape ?? []).map((one) => one ?? '?').join(', ')}], and a table fills FP32 [rows, features]`,
    );
  }
  return { name: input.name, width };
}

function labelOf(names: readonly string[], { label }: LabelFlags, inquiry: Inquiry): string | undefined {
  if (label === false) {
    inquiry.infer('label', 'none', 'answered', 'The samples are said to have no label.');
    return undefined;
  }
  const found = findLabelColumn(names, label);
  if (found !== undefined) {
    const why = label === undefined ? 'It is the only column with the name of a label.' : 'A person said so.';
    inquiry.infer('label', found, label === undefined ? 'assumed' : 'answered', why);
    return found;
  }
  const answer = inquiry.ask({
    id: 'label',
    ask: 'Which column is the truth that the model is to tell?',
    why: 'No column has the name of a label. Without one (--unlabelled), everything that labels would show is asked.',
    takes: 'text',
    options: names,
    isRequired: true,
  });
  return answer === undefined ? undefined : String(answer);
}

function wrongCount(columns: readonly SampleColumn[], wanted: number, label: string | undefined) {
  const counts = possibleFeatureCounts(columns);
  const without = label === undefined ? '' : ` beside the label "${label}"`;
  return samplesInvalid(
    `The model takes ${wanted} features, and the ${columns.length} columns of the samples${without} give ${counts.join(' or ')}: ${columns.map(({ header, categories }) => `"${header.name}"${categories === undefined ? '' : ` (${categories.length} categories)`}`).join(', ')}. Add the missing columns, or pass over others with --ignore.`,
    { expected: String(wanted), received: counts.join(',') },
  );
}

function usableRows(rows: TableSamples['rows'], columns: readonly SampleColumn[], label: number | undefined): number[] {
  return rows.flatMap((row, index) => {
    const isWhole = columns.every(({ values }) => values[index] !== null);
    return isWhole && (label === undefined || row[label] !== '') ? [index] : [];
  });
}

function columnSpec(column: SampleColumn, inquiry: Inquiry): ColumnSpec {
  const { header, type, why, categories, range } = column;
  const { name } = header;
  const stated = type === 'number' ? 'stated' : 'assumed';
  inquiry.infer(`columns.${name}.type`, type, stated, why);
  if (type === 'boolean') return { name, type, missing: 'refuse' };
  if (type === 'category') {
    const known = categories as string[];
    inquiry.infer(
      `columns.${name}.categories`,
      known.join(', '),
      'assumed',
      'Those of the samples; any other is refused.',
    );
    return { name, type, categories: known, missing: 'refuse' };
  }
  const training = range as [number, number];
  const text = `${training[0]} to ${training[1]}`;
  inquiry.infer(
    `columns.${name}.range`,
    text,
    'assumed',
    'That of the samples: values outside are answered with a warning.',
  );
  return {
    ...{ name, type, unit: unitOf(column, inquiry) },
    ...{ validRange: validRange(name, training, inquiry), trainingRange: training, missing: 'refuse' },
  };
}

function unitOf({ header: { name, unit } }: SampleColumn, inquiry: Inquiry): string {
  const ucum = unit === undefined ? undefined : toUcum(unit);
  if (ucum !== undefined) {
    const said = inquiry.override({ id: `columns.${name}.unit`, takes: 'text' });
    if (said !== undefined) return String(said);
    inquiry.infer(`columns.${name}.unit`, ucum, 'stated', 'The header of the samples says so.');
    return ucum;
  }
  const answer = inquiry.ask({
    id: `columns.${name}.unit`,
    ask: `In which unit is "${name}" (UCUM, "1" for a bare number)?`,
    why:
      unit === undefined ? 'The header states none.' : `The header's "${unit}" is no unit of UCUM that is known here.`,
    takes: 'text',
    isRequired: true,
    ...(unit !== undefined && { suggested: unit }),
  });
  return answer === undefined ? '1' : String(answer);
}

/** Wider than what was seen by its own width on both sides: what is further out is more likely a slip or a wrong unit. */
function validRange(name: string, [low, high]: readonly [number, number], inquiry: Inquiry): [number, number] {
  const width = high - low || Math.abs(high) || 1;
  const guess = [low >= 0 ? Math.max(0, low - width) : low - width, high + width].map((end) =>
    Number(end.toPrecision(6)),
  );
  const id = `columns.${name}.validRange`;
  const said = inquiry.override({ id, takes: 'numbers' });
  if (Array.isArray(said) && said.length === 2 && Number(said[0]) < Number(said[1]))
    return [Number(said[0]), Number(said[1])];
  inquiry.infer(id, guess.join(' to '), 'assumed', 'Three times as wide as the samples: values outside are refused.');
  return [guess[0] as number, guess[1] as number];
}

function tableRow(columns: readonly SampleColumn[], specs: readonly ColumnSpec[], row: number) {
  return Object.fromEntries(
    columns.map(({ header, values }, index): [string, GoldenTableValue] => {
      const value = values[row];
      const spec = specs[index] as ColumnSpec;
      if (typeof value === 'boolean') return [header.name, { boolean: value }];
      if (typeof value === 'string') return [header.name, { category: value }];
      return [header.name, { number: value as number, ...(spec.type === 'number' && { unit: spec.unit }) }];
    }),
  );
}

function candidatesOf(
  layouts: readonly FeatureLayout[],
  columns: readonly SampleColumn[],
  specs: readonly ColumnSpec[],
  feeds: string,
  graph: OnnxGraph,
  isLabelled: boolean,
  inquiry: Inquiry,
): Candidate[] {
  const layoutsLeft = layoutsAfter(layouts, isLabelled, inquiry);
  const scalings = scalingsAfter(graph, feeds, inquiry);
  return layoutsLeft.flatMap(({ id, features }) =>
    scalings.map(({ setting, mean, std }): Candidate => {
      const step = standardizeStep(columns, features, mean, std);
      const input: TableInputSpec = {
        name: INPUT,
        kind: 'table',
        feeds,
        columns: specs,
        steps: [{ op: 'table_to_features', features }, ...(setting === 'none' ? [] : [step])],
      };
      return { settings: { 'input.layout': id, 'input.scaling': setting }, input };
    }),
  );
}

function layoutsAfter(
  layouts: readonly FeatureLayout[],
  isLabelled: boolean,
  inquiry: Inquiry,
): readonly FeatureLayout[] {
  const [only, ...others] = layouts;
  const options = layouts.map(({ id }) => id);
  if (only !== undefined && others.length === 0) {
    if (isLabelled) {
      const why =
        'Of the usual orders, it alone gives as many features as the graph takes; the header is taken to be in the order of the training.';
      inquiry.infer('input.layout', only.id, 'assumed', why);
      return layouts;
    }
    inquiry.ask({
      ...{
        id: 'input.layout',
        ask: `Are the features in the order of the header (${only.what})?`,
        takes: 'text' as const,
      },
      ...{ why: 'Without labels, nothing shows a wrong order.', options, suggested: only.id, isRequired: true },
    });
    return layouts;
  }
  const said = inquiry.override({ id: 'input.layout', takes: 'text', options });
  return said === undefined ? layouts : layouts.filter(({ id }) => id === said);
}

interface Scaling {
  readonly setting: 'none' | 'standardize';
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

function scalingsAfter({ nodes }: OnnxGraph, feeds: string, inquiry: Inquiry): Scaling[] {
  const first = nodes.filter(({ inputs }) => inputs.includes(feeds));
  if (first.length > 0 && first.every(({ opType }) => PREPARING.includes(opType))) {
    inquiry.infer('input.scaling', 'none', 'stated', `The graph prepares the features itself (${first[0]?.opType}).`);
    return [{ setting: 'none' }];
  }
  const options = ['none', 'standardize'];
  const said = inquiry.override({ id: 'input.scaling', takes: 'text', options });
  if (said === 'none') return [{ setting: 'none' }];
  if (said === 'standardize') return [statedScaling(inquiry)];
  return [{ setting: 'none' }, { setting: 'standardize' }];
}

function statedScaling(inquiry: Inquiry): Scaling {
  const asked = (what: 'means' | 'deviations') =>
    inquiry.ask({
      id: `input.${what}`,
      ask: `Which ${what === 'means' ? 'means' : 'standard deviations'} were the features standardized with, one for each feature in the order of the tensor?`,
      why: 'They are those of the training data, which the samples need not be.',
      takes: 'numbers',
      isRequired: true,
    });
  const [mean, std] = [asked('means'), asked('deviations')] as (readonly number[] | undefined)[];
  return { setting: 'standardize', ...(mean && { mean }), ...(std && { std }) };
}

/** With the numbers that were said; to try whether any standardization is wanted, with those of the samples. */
function standardizeStep(
  columns: readonly SampleColumn[],
  features: FeatureLayout['features'],
  mean: readonly number[] | undefined,
  std: readonly number[] | undefined,
) {
  for (const [name, list] of Object.entries({ means: mean, deviations: std })) {
    if (list !== undefined && list.length !== features.length)
      throw samplesInvalid(
        `The answer "input.${name}" has ${list.length} numbers, and the model takes ${features.length} features.`,
      );
  }
  const measured = features.map(({ column, equals }) => {
    const { values, type } = columns.find(({ header }) => header.name === column) as SampleColumn;
    const numbers = values.filter((value) => typeof value === 'number');
    if (equals !== undefined || type !== 'number') return [0, 1] as const;
    const average = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const variance = numbers.reduce((sum, value) => sum + (value - average) ** 2, 0) / numbers.length;
    return [average, Math.sqrt(variance) || 1] as const;
  });
  return {
    op: 'standardize' as const,
    mean: mean ?? measured.map(([average]) => average),
    std: std ?? measured.map(([, deviation]) => deviation),
  };
}
