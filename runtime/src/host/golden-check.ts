import type { runtimeV1 } from '@deephealth/proto';
import {
  compareTensor,
  DeepHealthError,
  type ExpectedFinding,
  type GoldenCase,
  type Manifest,
  type RawTensor,
  tensorValues,
  toNamedInputs,
  toTypedArray,
} from '@deephealth/sdk';
import { admitOwn } from '../admission/admit-own.js';
import type { AdmittedRequest } from '../admission/admit-request.js';

export interface GoldenRun {
  readonly tensors: ReadonlyMap<string, RawTensor>;
  readonly findings: readonly runtimeV1.Finding[];
}

/** Sends a golden case through the same admission as a caller's request. */
export function admitGolden(manifest: Manifest, golden: GoldenCase, maxTensorElements: number): AdmittedRequest {
  try {
    return admitOwn(manifest, toNamedInputs(golden.inputs), maxTensorElements);
  } catch (cause) {
    const why = cause instanceof DeepHealthError ? cause.message : 'its values do not fit their type or shape';
    throw new DeepHealthError(
      'DH_GOLDEN_MALFORMED',
      `Golden case "${golden.id}" would be refused as a request: ${why}`,
      { details: { case: golden.id }, cause },
    );
  }
}

/**
 * Holds what the model gave against what the case expects; returns the largest error in units of
 * the allowed one. Throws DH_GOLDEN_MISMATCH naming case, tensor and index, never a value.
 */
export function compareGolden(golden: GoldenCase, run: GoldenRun): number {
  let worst = 0;
  for (const [name, expected] of Object.entries(golden.expected.tensors)) {
    const actual = run.tensors.get(name);
    if (actual === undefined) throw mismatch(golden, `tensor "${name}" was not computed`);
    const result = compareTensor(
      { dataType: actual.dataType, shape: actual.shape, data: tensorValues(actual) },
      expected,
      golden.profile ?? 'standard',
    );
    if (!result.pass) throw mismatch(golden, `tensor "${name}": ${result.message ?? 'differs'}`);
    worst = Math.max(worst, result.worst);
  }
  for (const [name, expected] of Object.entries(golden.expected.findings ?? {})) {
    const finding = run.findings.find((candidate) => candidate.name === name);
    if (finding === undefined) throw mismatch(golden, `finding "${name}" is missing`);
    compareFinding(golden, name, expected, finding);
  }
  return worst;
}

function compareFinding(golden: GoldenCase, name: string, expected: ExpectedFinding, finding: runtimeV1.Finding): void {
  const { classification, regression } = finding;
  if (
    expected.decision !== undefined &&
    JSON.stringify(expected.decision) !== JSON.stringify(classification?.decision ?? [])
  ) {
    throw mismatch(golden, `the decision of "${name}" differs`);
  }
  if (expected.abstained !== undefined && expected.abstained !== (classification?.abstained ?? false)) {
    throw mismatch(golden, `"${name}" ${expected.abstained ? 'does not abstain' : 'abstains'}`);
  }
  if (expected.text !== undefined && expected.text !== finding.text?.text)
    throw mismatch(golden, `the text of "${name}" differs`);
  if (expected.counts !== undefined) compareCounts(golden, name, expected.counts, finding.mask);
  const numbers: [string, readonly number[] | undefined, number[]][] = [
    ['probabilities', expected.probabilities, (classification?.classes ?? []).map((c) => Number(c.probability))],
    ['values', expected.values, (regression?.values ?? []).map((v) => Number(v.value))],
  ];
  for (const [what, wanted, got] of numbers) {
    if (wanted === undefined) continue;
    // Findings are computed from FP32 tensors, so they are held to FP32's tolerance; probabilities are of scale 1.
    const scale = what === 'probabilities' ? { scale: 1 } : {};
    const result = compareTensor(
      { dataType: 'FP32', shape: [got.length], data: got },
      { dataType: 'FP32', shape: [wanted.length], values: wanted, ...scale },
      golden.profile ?? 'standard',
    );
    if (!result.pass) throw mismatch(golden, `the ${what} of "${name}" differ: ${result.message ?? ''}`);
  }
}

/** Samples of each class, which tell that a mask lies where and as it should. */
function compareCounts(
  golden: GoldenCase,
  name: string,
  expected: Readonly<Record<string, number>>,
  mask: runtimeV1.Mask | null | undefined,
): void {
  const { labels, classes = [], isMultilabel = false } = mask ?? {};
  if (labels?.data === undefined) throw mismatch(golden, `finding "${name}" is no mask`);
  const type = labels.dataType === 'DATA_TYPE_UINT16' ? 'UINT16' : 'UINT8';
  const values = toTypedArray(type, labels.data as Uint8Array, { mayBorrow: true }) as Uint8Array | Uint16Array;
  for (const [label, count] of Object.entries(expected)) {
    const value = classes.find((declared) => declared.label === label)?.value;
    if (value === undefined) throw mismatch(golden, `mask "${name}" has no class "${label}"`);
    let found = 0;
    for (const v of values) if (isMultilabel ? (v & value) !== 0 : v === value) found++;
    if (found !== count) throw mismatch(golden, `mask "${name}" has another number of samples of "${label}"`);
  }
}

function mismatch(golden: GoldenCase, what: string): DeepHealthError {
  return new DeepHealthError('DH_GOLDEN_MISMATCH', `Golden case "${golden.id}": ${what.replace(/\.$/, '')}.`, {
    details: { case: golden.id },
  });
}
