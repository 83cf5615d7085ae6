import {
  DeepHealthError,
  type Manifest,
  type OutputSpec,
  toBytes,
  toContractDataType,
  type Vocabulary,
} from '@deephealth/sdk';
import type { SignalWindows } from '../steps/cut-signal.js';
import type { InputGeometry, InputPlace } from '../volumes/input-geometry.js';
import { toClassification } from './classification.js';
import { toEvents } from './events.js';
import type { FindingHead, FindingResult, WarningResult } from './finding-result.js';
import { outputInvalid } from './output-invalid.js';
import type { OutputTensor } from './output-tensor.js';
import { checkOutputTensor, singleRow } from './output-values.js';
import { toRegressionValues } from './regression.js';
import { toText } from './text.js';
import { floatsOf, toGridFinding } from './to-grid-finding.js';

/** Places of the inputs of an item, by their names. */
export type Geometries = Readonly<Record<string, InputPlace>>;

type Vocabularies = ReadonlyMap<string, Vocabulary>;

/**
 * Findings of one item, one per wanted output in the manifest's order, with the warnings that they
 * give rise to. Tensor findings share the memory of `outputs`.
 *
 * Throws DH_MODEL_OUTPUT_INVALID if the model gave something that the manifest does not promise;
 * then there is no finding at all. The message names the output, never a value.
 *
 * @param outputs tensors by the names of the graph
 * @param wanted names of outputs of the manifest; empty for all
 * @param geometries places of the inputs, by their names: masks and maps go back to them
 * @param vocabularies of the package, by their files, for texts
 */
export function toFindings(
  manifest: Manifest,
  outputs: ReadonlyMap<string, OutputTensor>,
  wanted: readonly string[],
  geometries: Geometries = {},
  vocabularies: Vocabularies = new Map(),
): { findings: FindingResult[]; warnings: WarningResult[] } {
  const findings: FindingResult[] = [];
  const warnings: WarningResult[] = [];
  if (manifest.researchUseOnly) {
    warnings.push({
      kind: 'WARNING_KIND_RESEARCH_USE_ONLY',
      field: '',
      message: 'This model is for research only and must not guide the care of a patient.',
    });
  }
  for (const name of wanted) {
    if (manifest.outputs.some((spec) => spec.name === name)) continue;
    throw new DeepHealthError('DH_OUTPUT_UNKNOWN', 'An output was asked for that the model does not declare.', {
      details: { expected: manifest.outputs.map((spec) => spec.name).join(', ') },
    });
  }
  for (const spec of manifest.outputs) {
    if (wanted.length > 0 && !wanted.includes(spec.name)) continue;
    findings.push(
      toFinding(manifest, spec, outputs, { geometries, vocabularies }, (warning) => warnings.push(warning)),
    );
  }
  return { findings, warnings };
}

function toFinding(
  manifest: Manifest,
  spec: OutputSpec,
  outputs: ReadonlyMap<string, OutputTensor>,
  { geometries, vocabularies }: { readonly geometries: Geometries; readonly vocabularies: Vocabularies },
  warn: (warning: WarningResult) => void,
): FindingResult {
  const tensorSpec = manifest.tensors.outputs.find((declared) => declared.name === spec.from);
  const tensor = outputs.get(spec.from);
  if (tensorSpec === undefined || tensor === undefined) {
    throw outputInvalid(spec.name, `the model gave no tensor "${spec.from}".`);
  }
  checkOutputTensor(tensorSpec, tensor);
  const head: FindingHead = { name: spec.name, codes: [...(spec.codes ?? [])] };
  switch (spec.kind) {
    case 'classification': {
      const { classification, warnings } = toClassification(spec, singleRow(tensorSpec, tensor));
      warnings.forEach(warn);
      return { name: head.name, codes: head.codes, classification };
    }
    case 'regression':
      return {
        ...head,
        regression: { values: toRegressionValues(spec, tensor.dataType, singleRow(tensorSpec, tensor)) },
      };
    case 'mask':
    case 'map':
      return { ...head, ...toGridFinding(manifest, spec, tensor, geometryOf(geometries[spec.input]), warn) };
    case 'events':
      return {
        ...head,
        events: { items: toEvents(spec, floatsOf(tensor), tensor.shape, windowsOf(geometries[spec.input])) },
      };
    case 'text': {
      const { text, warnings } = toText(spec, tensor, vocabularies.get(spec.vocabulary.file) ?? []);
      warnings.forEach(warn);
      return { ...head, text };
    }
    case 'tensor':
      return {
        ...head,
        tensor: { dataType: toContractDataType(tensor.dataType), shape: [...tensor.shape], data: toBytes(tensor.data) },
      };
  }
}

function geometryOf(place: InputPlace | undefined): InputGeometry {
  if (place === undefined || !('tensor' in place))
    throw new Error('an input on whose grid a finding lies has no place');
  return place;
}

function windowsOf(place: InputPlace | undefined): SignalWindows {
  if (place === undefined || !('windows' in place)) throw new Error('a signal whose events are wanted was not cut up');
  return place;
}
