/** What the app shows of a manifest and a descriptor, both of which come as plain JSON. */
export interface ModelFacts {
  readonly intendedUse: string;
  readonly limits: readonly string[];
  readonly license: string;
  readonly producer: string;
  readonly isResearchOnly: boolean;
  readonly inputs: readonly InputFacts[];
  readonly outputs: readonly OutputFacts[];
  readonly onnxSha256: string;
  readonly providers: readonly string[];
  readonly servedSizes: readonly number[];
  readonly batchingReason: string;
}

export interface InputFacts {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  readonly columns: readonly ColumnFacts[];
  readonly channels: readonly { readonly name: string; readonly unit: string }[];
  readonly samplingRateHz?: number;
  readonly samples?: Range;
  readonly mediaTypes: readonly string[];
}

export type Range = readonly [number, number];

export interface ColumnFacts {
  readonly name: string;
  readonly type: 'number' | 'category' | 'boolean' | 'text';
  readonly description: string;
  readonly unit: string;
  readonly validRange?: Range;
  readonly trainingRange?: Range;
  readonly categories: readonly string[];
  /** What is put in for a missing value; absent where one is refused. */
  readonly replacement?: string;
}

export interface OutputFacts {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  readonly unit: string;
  readonly classes: readonly { readonly label: string; readonly threshold?: number }[];
  /** How regions behind its scores are found; empty where they are not. */
  readonly highlightMethod: string;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};
const stringsOf = (value: unknown): string[] => listOf(value).filter((one) => typeof one === 'string');

function rangeOf(value: unknown): Range | undefined {
  const [least, most] = listOf(value).map(numberOf);
  return least === undefined || most === undefined ? undefined : [least, most];
}

function columnOf(value: unknown): ColumnFacts {
  const column = fieldsOf(value);
  const validRange = rangeOf(column.validRange);
  const trainingRange = rangeOf(column.trainingRange);
  const { impute } = fieldsOf(column.missing);
  const type = stringOf(column.type);
  return {
    name: stringOf(column.name),
    type: type === 'number' || type === 'category' || type === 'boolean' ? type : 'text',
    description: stringOf(column.description),
    unit: stringOf(column.unit),
    categories: stringsOf(column.categories),
    ...(validRange !== undefined && { validRange }),
    ...(trainingRange !== undefined && { trainingRange }),
    ...(impute !== undefined && { replacement: String(impute) }),
  };
}

function inputOf(value: unknown, described: Fields): InputFacts {
  const input = fieldsOf(value);
  const samplingRateHz = numberOf(input.samplingRateHz);
  const { minimum, maximum } = fieldsOf(input.samples);
  const samples = rangeOf([minimum, maximum]);
  return {
    name: stringOf(input.name),
    kind: stringOf(input.kind),
    description: stringOf(input.description),
    columns: listOf(input.columns).map(columnOf),
    channels: listOf(input.channels)
      .map(fieldsOf)
      .map(({ name, unit }) => ({ name: stringOf(name), unit: stringOf(unit) })),
    mediaTypes: stringsOf(described.mediaTypes),
    ...(samplingRateHz !== undefined && { samplingRateHz }),
    ...(samples !== undefined && { samples }),
  };
}

function outputOf(value: unknown, described: Fields): OutputFacts {
  const output = fieldsOf(value);
  return {
    name: stringOf(output.name),
    kind: stringOf(output.kind),
    description: stringOf(output.description),
    unit: stringOf(output.unit),
    highlightMethod: stringOf(described.highlightMethod),
    classes: listOf(output.classes)
      .map(fieldsOf)
      .map(({ label, threshold }) => {
        const number = numberOf(threshold);
        return { label: stringOf(label), ...(number !== undefined && { threshold: number }) };
      }),
  };
}

const byName = (described: unknown): ReadonlyMap<string, Fields> =>
  new Map(
    listOf(described)
      .map(fieldsOf)
      .map((one) => [stringOf(one.name), one]),
  );

/** Reads what is there, whatever is not: a version that was refused may describe nothing. */
export function readModelFacts(manifest: Fields, descriptor: Fields): ModelFacts {
  const inputs = byName(descriptor.inputs);
  const outputs = byName(descriptor.outputs);
  const batching = fieldsOf(descriptor.batching);
  return {
    intendedUse: stringOf(manifest.intendedUse) || stringOf(descriptor.intendedUse),
    limits: stringsOf(manifest.limitations ?? descriptor.limitations),
    license: stringOf(manifest.license),
    producer: stringOf(manifest.producer),
    isResearchOnly: manifest.researchUseOnly !== false,
    inputs: listOf(manifest.inputs).map((input) => inputOf(input, inputs.get(stringOf(fieldsOf(input).name)) ?? {})),
    outputs: listOf(manifest.outputs).map((output) =>
      outputOf(output, outputs.get(stringOf(fieldsOf(output).name)) ?? {}),
    ),
    onnxSha256: stringOf(descriptor.onnxSha256) || stringOf(fieldsOf(manifest.onnx).sha256),
    providers: stringsOf(descriptor.executionProviders),
    servedSizes: listOf(batching.servedSizes)
      .map(numberOf)
      .filter((size) => size !== undefined),
    batchingReason: stringOf(batching.reason),
  };
}

/** The one input that is a table, if that is all the model takes: it can be filled in by hand. */
export function tableOf({ inputs }: ModelFacts): InputFacts | undefined {
  const [input] = inputs;
  return inputs.length === 1 && input?.kind === 'table' && input.columns.length > 0 ? input : undefined;
}
