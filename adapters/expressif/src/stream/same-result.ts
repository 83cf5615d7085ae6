import type { OutputEvaluation } from '../engine/evaluation.js';
import type { AdmittedInput, Fault } from '../engine/input-value.js';

export function isSameDegree(a: number | Fault, b: number | Fault): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b);
  return isSameFault(a, b);
}

export function isSameInput(a: AdmittedInput, b: AdmittedInput): boolean {
  if (a.kind === 'value' && b.kind === 'value') return Object.is(a.value, b.value) && a.isClamped === b.isClamped;
  if (a.kind === 'fault' && b.kind === 'fault') return isSameFault(a.fault, b.fault);
  if (a.kind !== 'degrees' || b.kind !== 'degrees') return false;
  return isSameMap(new Map(Object.entries(a.degrees)), new Map(Object.entries(b.degrees)));
}

export function isSameOutput(a: OutputEvaluation, b: OutputEvaluation): boolean {
  if (!isSameMap(a.degrees, b.degrees)) return false;
  if (a.status === 'determinate') {
    return b.status === 'determinate' && Object.is(a.value, b.value) && a.source === b.source;
  }
  return b.status === 'indeterminate' && isSameFault(a, b);
}

type FaultLike = {
  readonly reason: string;
  readonly variable?: string | undefined;
  readonly rule?: string | undefined;
};

export const isSameFault = (a: FaultLike, b: FaultLike): boolean =>
  a.reason === b.reason && a.variable === b.variable && a.rule === b.rule;

const isSameMap = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.has(key) && Object.is(value, b.get(key)));
