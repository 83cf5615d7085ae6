import type { runtimeV1 } from '@deephealth/proto';
import { type DataTypeName, fromContractDataType, type RawTensor } from '@deephealth/sdk';
import type {
  FindingKind,
  PlatformCoding,
  PlatformFinding,
  PlatformGrid,
  PlatformProvenance,
  PlatformValue,
} from '../../simulators/platform-simulator.js';

type Coded = { readonly codes: readonly runtimeV1.Coding__Output[] };

/** A finding of the contract as the generic platform keeps it: everything that it has a place for. */
export function toPlatformFinding(finding: runtimeV1.Finding__Output): PlatformFinding {
  const head = { name: finding.name, codes: codesOf(finding), kind: finding.value as FindingKind, values: [] };
  const { classification, regression, mask, detections, map, events, text, tensor } = finding;
  if (classification) {
    const { classes, decision, abstained } = classification;
    const values = classes.map((one) => numberOf(one, one.probability));
    return { ...head, values, decision, isAbstained: abstained };
  }
  if (regression) return { ...head, values: regression.values.map((one) => numberOf(one, one.value, one.unit)) };
  if (mask) {
    const values = mask.classes.map((one) => numberOf(one, one.extent?.value ?? 0, one.extent?.unit ?? ''));
    return { ...head, values, ...onGrid(mask.grid), ...sampled(mask.labels) };
  }
  if (detections) {
    const values = detections.items.map((one) => ({
      ...numberOf(one, one.score),
      lower: one.lower,
      upper: one.upper,
    }));
    return { ...head, values, ...onGrid(detections.grid) };
  }
  if (map) return { ...head, ...onGrid(map.grid), ...sampled(map.values) };
  if (events) {
    // Times on one axis are bounds as those of a detection are.
    const values = events.items.map((one) => ({
      ...numberOf(one, one.probability),
      lower: [one.startS],
      upper: [one.startS + one.durationS],
    }));
    return { ...head, values };
  }
  if (text) return { ...head, text: text.text };
  return { ...head, ...sampled(tensor) };
}

export function toPlatformProvenance({
  modelName,
  modelVersion,
  packageSha256,
}: runtimeV1.Provenance__Output): PlatformProvenance {
  return { modelName, modelVersion, packageSha256 };
}

function codesOf({ codes }: Coded): PlatformCoding[] {
  return codes.map(({ system, code }) => ({ system, code }));
}

function numberOf(one: Coded & { readonly label: string }, value: number, unit = ''): PlatformValue {
  return { label: one.label, codes: codesOf(one), value, unit };
}

function onGrid(grid: runtimeV1.Grid__Output | null | undefined): { grid?: PlatformGrid } {
  if (!grid) return {};
  const { size, origin, spacing, direction, unit, convention, level } = grid;
  return {
    grid: {
      size: size.map(Number),
      origin,
      spacing,
      direction,
      unit: String(unit),
      convention: String(convention),
      level,
    },
  };
}

function sampled(tensor: runtimeV1.Tensor__Output | null | undefined): { samples?: RawTensor } {
  if (!tensor) return {};
  const dataType = fromContractDataType(tensor.dataType) as DataTypeName;
  return { samples: { dataType, shape: tensor.shape.map(Number), data: tensor.data } };
}
