import type { Step } from '../cases/case-types.js';
import type { OipTarget } from './oip-target.js';

/** What is asked after every case, of the first of these that the target serves. */
const ASKED: readonly (readonly [model: string, inputs: Readonly<Record<string, string>>])[] = [
  ['conformance-matmul', { a: 'ramp-3x4.fp32', b: 'noise9-4x4.fp32' }],
  ['conformance-identity-fp32', { x: 'noise9-5.fp32' }],
  ['conformance-identity-int64', { x: 'noise9-5.int64' }],
];

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
