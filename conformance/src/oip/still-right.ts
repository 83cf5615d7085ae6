import type { Step } from '../cases/case-types.js';
import type { OipTarget } from './oip-target.js';

/** What is asked after every case, of the first of these that the target serves. */
const ASKED: readonly (readonly [model: string, inputs: Readonly<Record<string, string>>])[] = [
  ['conformance-matmul', { a: 'ramp-3x4.fp32', b: 'noise9-4x4.fp32' }],
  ['conformance-identity-fp32', { x: 'noise9-5.fp32' }],
  ['conformance-identity-int64', { x: 'noise9-5.int64' }],
];

/** Whether right requests were answered rightly before the first case, by target and face. */
const BEFORE = new WeakMap<OipTarget, Map<boolean, Promise<boolean>>>();

/**
 * Whether a right request was answered rightly before any case: one that never was, is not what a case
 * has broken.
 */
export function wasRightBefore(oip: OipTarget, isOverHttp: boolean, ask: () => Promise<boolean>): Promise<boolean> {
  const known = BEFORE.get(oip) ?? new Map<boolean, Promise<boolean>>();
  BEFORE.set(oip, known);
  const before = known.get(isOverHttp) ?? ask();
  known.set(isOverHttp, before);
  return before;
}

/**
 * A right request, to be answered rightly whatever was asked before: typed contents, which the protocol
 * lays out wholly, or JSON if the case was about HTTP. Undefined if the target serves none of the models.
 */
export function stillRight({ models, http }: OipTarget, isOverHttp: boolean): Step | undefined {
  const [model, inputs] = ASKED.find(([name]) => models.has(name)) ?? [];
  if (model === undefined || inputs === undefined) return undefined;
  const over = isOverHttp && http !== undefined ? 'json' : 'grpc';
  return { oip: { infer: { over, model, inputs, contents: 'typed' } } };
}
