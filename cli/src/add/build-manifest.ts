import type { ColumnSpec, InputSpec } from '@deephealth/sdk';
import { draftManifest, type Manifest, type OnnxGraph, type OutputSpec } from '@deephealth/sdk';
import type { FhirSource } from './bindings/fhir-source.js';
import type { Inquiry } from './inquiry.js';
import type { ModelFile } from './model-file.js';
import type { ModelOutput } from './model-output.js';
import { onnxFiles } from './probe.js';
import type { Settled } from './settle.js';

export interface ManifestIdentity {
  readonly name: string;
  readonly version: string;
}

/** Tensors as the graph declares them. */
export function graphTensors(graph: OnnxGraph): Manifest['tensors'] {
  const identity = { name: 'probe', version: '1.0.0', onnxFile: 'model.onnx', onnxSha256: '0'.repeat(64) };
  return draftManifest(graph, { ...identity, image: {} }).tensors;
}

/** Texts that only the people behind a model can write; what they leave out is said to be unknown. */
export interface ManifestTexts {
  readonly title: string;
  readonly intendedUse: string;
  readonly license: string;
}

const NOT_STATED = 'Not stated by those who added the model.';

export function askTexts(name: string, inquiry: Inquiry): ManifestTexts {
  const text = (field: keyof ManifestTexts, ask: string, suggested: string) =>
    String(
      inquiry.ask({
        id: `text.${field}`,
        ask,
        why: 'Only people know it.',
        takes: 'text',
        suggested,
        isRequired: false,
      }),
    );
  return {
    title: text('title', 'What is the model called in front of clinicians?', name),
    intendedUse: text(
      'intendedUse',
      'For which question, patients and users is it meant?',
      `${NOT_STATED} Research and demonstration only.`,
    ),
    license: text('license', 'Under which licence may it be used (an SPDX expression)?', NOT_STATED),
  };
}

/** The manifest of a settled model. */
export function buildManifest(
  { name, version }: ManifestIdentity,
  texts: ManifestTexts,
  model: ModelFile,
  settled: Settled,
  output: ModelOutput,
  outputName: string,
  unit: string | undefined,
  sources: ReadonlyMap<string, FhirSource | null | undefined>,
): Manifest {
  const producer = `${model.graph.producerName} ${model.graph.producerVersion}`.trim();
  return {
    schemaVersion: 1,
    ...{ name, version, ...texts, limitations: limitationsOf(settled), researchUseOnly: true },
    ...(producer !== '' && { producer }),
    onnx: onnxFiles(model),
    tensors: graphTensors(model.graph),
    inputs: [withCodes(settled.candidate.input, sources)],
    outputs: [outputOf(settled, output, outputName, unit)],
    execution: { providers: ['cpu'], deterministic: true, intraOpThreads: 1 },
  };
}

function limitationsOf({ agreement }: Settled): string[] {
  const measured =
    agreement === undefined
      ? 'How well it answers was not measured when it was added.'
      : `Its agreement was measured on ${agreement.sampleCount} samples that came with it, and it is not known whether it was trained on them.`;
  return [
    'Not clinically validated; not for diagnosis, triage or treatment.',
    measured,
    'Its training data and the population are not stated.',
  ];
}

function withCodes(input: InputSpec, sources: ReadonlyMap<string, FhirSource | null | undefined>): InputSpec {
  if (input.kind !== 'table') return input;
  const columns = input.columns.map((column): ColumnSpec => {
    const source = sources.get(column.name);
    return source?.from === 'observation' ? { ...column, codes: [source.code] } : column;
  });
  return { ...input, columns };
}

function outputOf(settled: Settled, { tensor }: ModelOutput, name: string, unit: string | undefined): OutputSpec {
  const { meaning, classes = [], threshold } = settled;
  if (meaning === 'number')
    return { name, kind: 'regression', from: tensor, values: [{ label: name, unit: unit ?? '1' }] };
  const isBinary = classes.length === 2;
  const width = settled.rows[0]?.length ?? 0;
  return {
    ...{ name, kind: 'classification', from: tensor },
    activation: meaning === 'probabilities' ? 'none' : width === 1 ? 'sigmoid' : 'softmax',
    mode: isBinary ? 'binary' : 'multiclass',
    classes: classes.map((label, index) => ({
      label,
      ...(isBinary && index === 1 && { threshold: threshold ?? 0.5 }),
    })),
  };
}
