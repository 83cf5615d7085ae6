import { fromContractDataType } from '@deephealth/sdk';
import type { Coding, Finding, Grid, Tensor } from '../../contract-types.js';
import { fromTensor, type PlatformTensor } from './inputs.js';

/** A finding as the platform keeps it. */
export interface PlatformFinding {
  readonly name: string;
  readonly codes: readonly PlatformCoding[];
  readonly kind: string;
  readonly values: readonly PlatformValue[];
  readonly decision?: readonly string[];
  readonly isAbstained?: boolean;
  readonly grid?: PlatformGrid;
  readonly samples?: PlatformTensor;
  readonly text?: string;
}

export interface PlatformCoding {
  readonly system: string;
  readonly code: string;
}

export interface PlatformValue {
  readonly label: string;
  readonly codes: readonly PlatformCoding[];
  readonly value: number;
  /** UCUM; empty where the value has none, as a probability. */
  readonly unit: string;
  readonly lower?: readonly number[];
  readonly upper?: readonly number[];
}

export interface PlatformGrid {
  readonly size: readonly number[];
  readonly origin: readonly number[];
  readonly spacing: readonly number[];
  readonly direction: readonly number[];
  readonly unit: string;
  readonly convention: string;
  readonly level: number;
}

type Coded = { readonly codes: readonly Coding[] };

/**
 * A finding of the contract for the platform. Nothing is rounded, no unit and no code is dropped, and what the model
 * abstained from stays abstained. What your platform has no place for must be refused, not left out in silence.
 */
export function toFinding(finding: Finding): PlatformFinding {
  const head = { name: finding.name, codes: codesOf(finding), kind: String(finding.value), values: [] };
  const { classification, regression, mask, detections, map, events, text, tensor } = finding;
  if (classification) {
    const { classes, decision, abstained } = classification;
    const values = classes.map((one) => numberOf(one, one.probability));
    return { ...head, values, decision, isAbstained: abstained };
  }
  if (regression) return { ...head, values: regression.values.map((one) => numberOf(one, one.value, one.unit)) };
  if (mask) {
    const values = mask.classes.map((one) => numberOf(one, one.extent?.value ?? 0, one.extent?.unit));
    return { ...head, values, ...gridOf(mask.grid), ...samplesOf(mask.labels) };
  }
  if (detections) {
    const values = detections.items.map((one) => ({
      ...numberOf(one, one.score),
      ...{ lower: one.lower, upper: one.upper },
    }));
    return { ...head, values, ...gridOf(detections.grid) };
  }
  if (map) return { ...head, ...gridOf(map.grid), ...samplesOf(map.values) };
  if (events) {
    // Seconds from the start of the recording, as bounds on the one axis that there is.
    const values = events.items.map((one) => ({
      ...numberOf(one, one.probability),
      ...{ lower: [one.startS], upper: [one.startS + one.durationS] },
    }));
    return { ...head, values };
  }
  if (text) return { ...head, text: text.text };
  return { ...head, ...samplesOf(tensor) };
}

function codesOf({ codes }: Coded): PlatformCoding[] {
  return codes.map(({ system, code }) => ({ system, code }));
}

function numberOf(one: Coded & { readonly label: string }, value: number, unit = ''): PlatformValue {
  return { label: one.label, codes: codesOf(one), value, unit };
}

function gridOf(grid: Grid | null | undefined): { grid?: PlatformGrid } {
  if (!grid) return {};
  const { size, origin, spacing, direction, unit, convention, level } = grid;
  return {
    grid: {
      ...{ size: size.map(Number), origin, spacing, direction, level },
      ...{ unit: String(unit), convention: String(convention) },
    },
  };
}

function samplesOf(tensor: Tensor | null | undefined): { samples?: PlatformTensor } {
  const dataType = tensor && fromContractDataType(tensor.dataType);
  if (!tensor || dataType === undefined || dataType === null) return {};
  return { samples: fromTensor({ dataType, shape: tensor.shape.map(Number), data: tensor.data }) };
}
