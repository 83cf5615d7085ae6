import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type InputSpec, type Manifest } from '@deephealth/sdk';
import type { ModelInput } from '../host/model-input.js';
import { admitImage } from './admit-image.js';
import { admitSequence } from './admit-sequence.js';
import { admitSignal } from './admit-signal.js';
import { admitTable } from './admit-table.js';
import { admitContractTensor } from './admit-tensor.js';
import { admitVolume } from './admit-volume.js';

export interface AdmittedRequest {
  readonly inputs: Readonly<Record<string, ModelInput>>;
  /** Outputs wanted, in the manifest's order. */
  readonly outputs: readonly string[];
  readonly warnings: readonly runtimeV1.Warning[];
  /** Outputs whose highlights are wanted; undefined for none. */
  readonly highlights: readonly string[] | undefined;
}

export interface AdmissionLimits {
  readonly maxTensorElements: number;
}

/**
 * Checks everything about a request that can be checked without decoding or computing, in the
 * server, before any queue. Throws the error of the first thing that is wrong.
 */
export function admitRequest(
  manifest: Manifest,
  inputs: readonly runtimeV1.NamedInput__Output[],
  outputs: readonly string[],
  limits: AdmissionLimits,
  highlights: readonly string[] = [],
): AdmittedRequest {
  const warnings: runtimeV1.Warning[] = [];
  const admitted: Record<string, ModelInput> = {};
  for (const input of inputs) {
    const spec = manifest.inputs.find((declared) => declared.name === input.name);
    if (spec === undefined) {
      const expected = manifest.inputs.map((declared) => declared.name).join(', ');
      throw new DeepHealthError(
        'DH_INPUT_UNKNOWN',
        `The model has no input ${quote(input.name)}. It takes: ${expected}.`,
        {
          details: { input: shorten(input.name), expected },
        },
      );
    }
    if (Object.hasOwn(admitted, spec.name)) {
      throw new DeepHealthError('DH_INPUT_DUPLICATE', `Input "${spec.name}" was sent twice.`, {
        details: { input: spec.name },
      });
    }
    admitted[spec.name] = admitInput(manifest, spec, input, limits, (warning) => warnings.push(warning));
  }
  for (const spec of manifest.inputs) {
    if (Object.hasOwn(admitted, spec.name)) continue;
    throw new DeepHealthError('DH_INPUT_MISSING', `Input "${spec.name}" (${spec.kind}) was not sent.`, {
      details: { input: spec.name, expected: spec.kind },
    });
  }
  const wanted = wantedOutputs(manifest, outputs);
  return { inputs: admitted, outputs: wanted, warnings, highlights: wantedHighlights(manifest, wanted, highlights) };
}

function admitInput(
  manifest: Manifest,
  spec: InputSpec,
  input: runtimeV1.NamedInput__Output,
  limits: AdmissionLimits,
  warn: (warning: runtimeV1.Warning) => void,
): ModelInput {
  if (input.value === 'reference') {
    throw new DeepHealthError(
      'DH_REFERENCE_NOT_ALLOWED',
      `Input "${spec.name}" is a reference, and this server has no resolver for it. Send the data itself.`,
      {
        details: { input: spec.name },
      },
    );
  }
  if (input.value !== spec.kind) {
    const received = input.value ?? 'nothing';
    throw new DeepHealthError(
      'DH_INPUT_KIND_MISMATCH',
      `Input "${spec.name}" must be a ${spec.kind}, got ${received}.`,
      {
        details: { input: spec.name, expected: spec.kind, received },
      },
    );
  }
  switch (spec.kind) {
    case 'tensor': {
      const tensorSpec = manifest.tensors.inputs.find((t) => t.name === spec.feeds);
      if (tensorSpec === undefined) throw new Error('a parsed manifest feeds a tensor that it does not declare');
      const tensor = admitContractTensor(
        spec.name,
        input.tensor as runtimeV1.Tensor__Output,
        tensorSpec,
        limits.maxTensorElements,
      );
      return { kind: 'tensor', ...tensor };
    }
    case 'table':
      return admitTable(spec, input.table as runtimeV1.Table__Output, warn);
    case 'signal':
      return admitSignal(spec, input.signal as runtimeV1.Signal__Output, limits.maxTensorElements);
    case 'image':
      return admitImage(spec, input.image as runtimeV1.Image__Output);
    case 'volume':
      return admitVolume(spec, input.volume as runtimeV1.Volume__Output, limits.maxTensorElements);
    case 'sequence':
      return admitSequence(spec, input.sequence as runtimeV1.Sequence__Output);
  }
}

function wantedOutputs(manifest: Manifest, requested: readonly string[]): string[] {
  const names = manifest.outputs.map((output) => output.name);
  if (requested.length === 0) return names;
  for (const [index, name] of requested.entries()) {
    if (!names.includes(name)) {
      throw new DeepHealthError(
        'DH_OUTPUT_UNKNOWN',
        `The model has no output ${quote(name)}. It gives: ${names.join(', ')}.`,
        {
          details: { output: shorten(name), expected: names.join(', ') },
        },
      );
    }
    if (requested.indexOf(name) !== index) {
      throw new DeepHealthError('DH_OUTPUT_DUPLICATE', `Output "${name}" was asked for twice.`, {
        details: { output: name },
      });
    }
  }
  return names.filter((name) => requested.includes(name));
}

/** Those asked for and those that the manifest gives always. Throws for one that cannot be given. */
function wantedHighlights(
  manifest: Manifest,
  outputs: readonly string[],
  requested: readonly string[],
): readonly string[] | undefined {
  for (const name of requested) {
    const output = manifest.outputs.find((declared) => declared.name === name);
    if (output === undefined || !outputs.includes(name)) {
      throw new DeepHealthError(
        'DH_OUTPUT_UNKNOWN',
        `Field "highlights" names ${quote(name)}, which is not among the outputs asked for: ${outputs.join(', ')}.`,
        { details: { output: shorten(name), expected: outputs.join(', ') } },
      );
    }
    if (output.kind === 'classification' && output.explanation !== undefined) continue;
    throw new DeepHealthError(
      'DH_FEATURE_UNSUPPORTED',
      `The model has no highlight for output "${name}": its manifest declares no explanation. Leave it out of "highlights".`,
      { details: { field: 'highlights', output: name } },
    );
  }
  let wanted: string[] | undefined;
  for (const output of manifest.outputs) {
    if (output.kind !== 'classification' || output.explanation === undefined) continue;
    const isWanted = output.explanation.when === 'always' || requested.includes(output.name);
    if (isWanted && outputs.includes(output.name)) {
      wanted ??= [];
      wanted.push(output.name);
    }
  }
  return wanted;
}

const QUOTED_LENGTH = 64;

/** A caller's own name, short and printable, so that a log line or message cannot be forged with it. */
export function shorten(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return printable.length > QUOTED_LENGTH ? `${printable.slice(0, QUOTED_LENGTH)}...` : printable;
}

function quote(text: string): string {
  return `"${shorten(text)}"`;
}
