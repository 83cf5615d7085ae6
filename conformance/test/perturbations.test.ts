import type { runtimeV1 } from '@deephealth/proto';
import { toContractTensor } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { Expectation, PredictSpec, Step } from '../src/cases/case-types.js';
import { loadCases, planCase } from '../src/cases/load-cases.js';
import { allowedError } from '../src/compare/compare-numbers.js';
import { suiteModel } from '../src/models/catalogue.js';
import { evaluate } from '../src/oracle/evaluate.js';
import { toRaw, type Value } from '../src/oracle/value.js';
import { buildPredict } from '../src/run/build-predict.js';
import { TargetFailure } from '../src/run/case-result.js';
import { checkOutcome } from '../src/run/check-outcome.js';

interface Asked {
  readonly name: string;
  readonly predict: PredictSpec;
  readonly output: string;
  readonly expect: Expectation;
}

/** Every request of the numeric cases whose answer may be off by rounding, with each of its outputs. */
const asked: Asked[] = loadCases()
  .filter(({ id }) => id.startsWith('DH-NUM-'))
  .flatMap(planCase)
  .flatMap((one) => one.steps.map((step: Step) => ({ one, ...step })))
  .flatMap(({ one, predict, expect: expectation }) => {
    if (predict === undefined || expectation?.outputs === undefined) return [];
    if (suiteModel(predict.model, predict.version).numericClass === 'exact') return [];
    const name = `${one.id}[${one.parameters}] ${predict.model}`;
    return Object.keys(expectation.outputs).map((output) => ({
      name,
      predict,
      output,
      expect: { outputs: { [output]: 'golden' as const } },
    }));
  });

/** The oracle's answer with the element that has the largest scale off by so many times the allowed error. */
function answer({ predict, output }: Asked, times: number): runtimeV1.PredictResponse {
  const { graph, numericClass } = suiteModel(predict.model, predict.version);
  const golden = evaluate(graph, buildPredict(predict, '').tensors)[output] as Value;
  if (numericClass === 'exact') throw new RangeError('an exact model has no bound');
  const elements = golden.elements as number[];
  const at = golden.scales.indexOf(Math.max(...golden.scales));
  const allowed = allowedError(
    golden.dataType,
    elements[at] as number,
    golden.scales[at] as number,
    numericClass,
    'standard',
  );
  // Towards zero, so that no bound of the type is met.
  const step = (elements[at] as number) > 0 ? -times * allowed : times * allowed;
  const off = { ...golden, elements: elements.map((value, index) => (index === at ? value + step : value)) };
  return { findings: [{ name: output, tensor: toContractTensor(toRaw(off)) }] };
}

function check(one: Asked, times: number): () => unknown {
  const { tensors, places } = buildPredict(one.predict, '');
  const outcome = { status: 'OK', message: '', reason: '', domain: '', metadata: {}, response: answer(one, times) };
  const { model, version = '' } = one.predict;
  const digests = { package: '', onnx: '' };
  return () => checkOutcome(outcome, one.expect, { model, version, tensors, places, digests, profile: 'standard' });
}

describe('every numeric case', () => {
  it('is among the perturbed ones', () => {
    expect(asked.length).toBeGreaterThan(20);
  });

  it.each(asked)('$name fails for ten times its bound, and passes for a tenth', (one) => {
    expect(check(one, 0)).not.toThrow();
    expect(check(one, 0.1)).not.toThrow();
    expect(check(one, 10)).toThrow(TargetFailure);
  });
});
