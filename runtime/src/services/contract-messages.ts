import type { runtimeV1 } from '@deephealth/proto';
import type { ColumnSpec, DeepHealthError, InputSpec, OutputSpec, TensorSpec } from '@deephealth/sdk';
import { toContractDataType } from '@deephealth/sdk';
import type { Suspension } from '../control/control-state.js';
import type { VerificationReport } from '../host/host-messages.js';
import type { ModelVersion } from '../lifecycle/model-version.js';
import { suspended } from '../lifecycle/version-errors.js';

/** Milliseconds since the epoch as google.protobuf.Timestamp. */
export function toTimestamp(ms: number): { seconds: string; nanos: number } {
  return { seconds: String(Math.floor(ms / 1000)), nanos: Math.round((ms % 1000) * 1e6) };
}

export function toSummary(model: ModelVersion, isDefault: boolean): runtimeV1.ModelSummary {
  const reason = model.reason ?? model.notice;
  const { suspension } = model;
  const isStopped = suspension !== undefined && model.state === 'READY';
  return {
    name: model.name,
    version: model.version,
    state: isStopped ? 'MODEL_STATE_SUSPENDED' : `MODEL_STATE_${model.state}`,
    stateReason: reasonOf(reason) ?? (suspension && reasonOf(suspended(model, suspension))) ?? null,
    title: model.title,
    packageSha256: model.packageSha256,
    stateChangedAt: toTimestamp(model.stateChangedAtMs),
    isDefault,
    hostRestarts: model.hostRestarts,
    ...(suspension && { suspension: toSuspension(suspension) }),
  };
}

function reasonOf(error: DeepHealthError | undefined): runtimeV1.StateReason | undefined {
  return error && { reason: error.reason, message: error.message };
}

export function toSuspension({ model, version, reason, subject, sinceMs }: Suspension): runtimeV1.Suspension {
  return { modelName: model, modelVersion: version, reason, subject, since: toTimestamp(sinceMs) };
}

export function toDescriptor(model: ModelVersion, isDefault: boolean): runtimeV1.ModelDescriptor {
  const { loaded } = model;
  const base = {
    summary: toSummary(model, isDefault),
    verification: model.report === undefined ? null : toReport(model.report),
  };
  if (loaded === undefined) return base;
  const { manifest } = loaded;
  return {
    ...base,
    intendedUse: manifest.intendedUse,
    limitations: [...manifest.limitations],
    license: manifest.license,
    researchUseOnly: manifest.researchUseOnly,
    inputs: manifest.inputs.map(toInputDescriptor),
    outputs: manifest.outputs.map(toOutputDescriptor),
    tensorInputs: manifest.tensors.inputs.map(toTensorDescriptor),
    tensorOutputs: manifest.tensors.outputs.map(toTensorDescriptor),
    onnxSha256: loaded.onnxSha256,
    executionProviders: [loaded.provider],
    provenBatchSize: loaded.batching.provenSize,
    batching: {
      provenSize: loaded.batching.provenSize,
      servedSizes: [...loaded.batching.servedSizes],
      gain: loaded.batching.gain,
      reason: loaded.batching.reason,
    },
    isStateful: manifest.sequence !== undefined,
    manifestJson: loaded.manifestJson,
  };
}

export function toReport(report: VerificationReport): runtimeV1.VerificationReport {
  return {
    checks: report.checks.map((check) => ({ ...check })),
    completedAt: toTimestamp(report.completedAtMs),
    worstGoldenError: report.worstGoldenError,
    goldenCases: report.goldenCases,
  };
}

const INPUT_KINDS = {
  tensor: 'INPUT_KIND_TENSOR',
  table: 'INPUT_KIND_TABLE',
  signal: 'INPUT_KIND_SIGNAL',
  image: 'INPUT_KIND_IMAGE',
  volume: 'INPUT_KIND_VOLUME',
  sequence: 'INPUT_KIND_SEQUENCE',
} as const;

export function toInputDescriptor(input: InputSpec): runtimeV1.InputDescriptor {
  const base = {
    name: input.name,
    kind: INPUT_KINDS[input.kind],
    description: input.description ?? '',
    required: true,
  };
  switch (input.kind) {
    case 'tensor':
      return base;
    case 'table':
      return { ...base, columns: input.columns.map(toColumnDescriptor) };
    case 'signal':
      return {
        ...base,
        channels: input.channels.map(({ name, unit }) => ({ name, unit })),
        samplingRateHz: input.samplingRateHz,
        minimumSamples: input.samples.minimum,
        maximumSamples: input.samples.maximum,
      };
    case 'image':
    case 'volume':
      return { ...base, mediaTypes: [...input.mediaTypes] };
    case 'sequence':
      return {
        ...base,
        minimumTokens: input.tokens.minimum,
        maximumTokens: input.tokens.maximum,
        takesText: input.steps.some(({ op }) => op === 'split_text'),
      };
  }
}

const COLUMN_TYPES = {
  number: 'COLUMN_TYPE_NUMBER',
  category: 'COLUMN_TYPE_CATEGORY',
  boolean: 'COLUMN_TYPE_BOOLEAN',
} as const;

function toColumnDescriptor(column: ColumnSpec): runtimeV1.ColumnDescriptor {
  return {
    name: column.name,
    type: COLUMN_TYPES[column.type],
    description: column.description ?? '',
    codes: [...(column.codes ?? [])],
    mayBeMissing: typeof column.missing === 'object',
    ...(column.type === 'number'
      ? { unit: column.unit, minimum: column.validRange[0], maximum: column.validRange[1] }
      : {}),
    ...(column.type === 'category' ? { categories: [...column.categories] } : {}),
  };
}

const CLASSIFICATION_MODES = {
  binary: 'CLASSIFICATION_MODE_BINARY',
  multiclass: 'CLASSIFICATION_MODE_MULTICLASS',
  multilabel: 'CLASSIFICATION_MODE_MULTILABEL',
} as const;

function toOutputDescriptor(output: OutputSpec): runtimeV1.OutputDescriptor {
  const base = {
    name: output.name,
    description: output.description ?? '',
    codes: [...(output.codes ?? [])],
    kind: output.kind,
  };
  if (output.kind === 'map') return { ...base, unit: output.unit };
  if (output.kind === 'mask') {
    const classes = output.classes.map(({ label, codes, threshold }) => ({
      label,
      codes: [...(codes ?? [])],
      ...(threshold === undefined ? {} : { threshold }),
    }));
    return { ...base, classes };
  }
  if (output.kind === 'regression') return { ...base, unit: output.values[0]?.unit ?? '' };
  if (output.kind !== 'classification') return base;
  return {
    ...base,
    classificationMode: CLASSIFICATION_MODES[output.mode],
    highlightMethod: output.explanation?.method ?? '',
    classes: output.classes.map(({ label, codes, threshold }) => ({
      label,
      codes: [...(codes ?? [])],
      ...(threshold === undefined ? {} : { threshold }),
    })),
  };
}

function toTensorDescriptor(tensor: TensorSpec): runtimeV1.TensorDescriptor {
  return { name: tensor.name, dataType: toContractDataType(tensor.dataType), shape: [...tensor.shape] };
}
