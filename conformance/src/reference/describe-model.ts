import type { runtimeV1 } from '@deephealth/proto';
import type { ColumnSpec, InputSpec, OutputSpec } from '@deephealth/sdk';

const KINDS = {
  tensor: 'INPUT_KIND_TENSOR',
  table: 'INPUT_KIND_TABLE',
  signal: 'INPUT_KIND_SIGNAL',
  image: 'INPUT_KIND_IMAGE',
  volume: 'INPUT_KIND_VOLUME',
  sequence: 'INPUT_KIND_SEQUENCE',
} as const;
const COLUMN_TYPES = {
  number: 'COLUMN_TYPE_NUMBER',
  category: 'COLUMN_TYPE_CATEGORY',
  boolean: 'COLUMN_TYPE_BOOLEAN',
} as const;
const MODES = {
  binary: 'CLASSIFICATION_MODE_BINARY',
  multiclass: 'CLASSIFICATION_MODE_MULTICLASS',
  multilabel: 'CLASSIFICATION_MODE_MULTILABEL',
} as const;

export function describeInput(spec: InputSpec): runtimeV1.InputDescriptor {
  const base = { name: spec.name, kind: KINDS[spec.kind], description: spec.description ?? '', required: true };
  if (spec.kind === 'table') return { ...base, columns: spec.columns.map(describeColumn) };
  if (spec.kind === 'image' || spec.kind === 'volume') return { ...base, mediaTypes: [...spec.mediaTypes] };
  if (spec.kind !== 'signal') return base;
  return {
    ...base,
    channels: spec.channels.map(({ name, unit }) => ({ name, unit })),
    samplingRateHz: spec.samplingRateHz,
    minimumSamples: spec.samples.minimum,
    maximumSamples: spec.samples.maximum,
  };
}

function describeColumn(column: ColumnSpec): runtimeV1.ColumnDescriptor {
  return {
    name: column.name,
    type: COLUMN_TYPES[column.type],
    description: column.description ?? '',
    codes: [...(column.codes ?? [])],
    mayBeMissing: typeof column.missing === 'object',
    ...(column.type === 'number' && {
      unit: column.unit,
      minimum: column.validRange[0],
      maximum: column.validRange[1],
    }),
    ...(column.type === 'category' && { categories: [...column.categories] }),
  };
}

export function describeOutput(spec: OutputSpec): runtimeV1.OutputDescriptor {
  const base = {
    name: spec.name,
    description: spec.description ?? '',
    codes: [...(spec.codes ?? [])],
    kind: spec.kind,
  };
  if (spec.kind === 'regression') return { ...base, unit: spec.values[0]?.unit ?? '' };
  if (spec.kind !== 'classification' && spec.kind !== 'mask') return base;
  const classes = spec.classes.map(({ label, codes, threshold }) => ({
    label,
    codes: [...(codes ?? [])],
    ...(threshold !== undefined && { threshold }),
  }));
  return spec.kind === 'mask' ? { ...base, classes } : { ...base, classificationMode: MODES[spec.mode], classes };
}
