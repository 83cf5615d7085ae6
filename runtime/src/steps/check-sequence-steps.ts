import type { SequenceInputSpec } from '@deephealth/sdk';
import type { ProducedExtent } from './produced-shape.js';

/** The shape that the steps of a text or token input give; `parseManifest` has checked their order. */
export function checkSequenceSteps(spec: SequenceInputSpec): ProducedExtent[] {
  let tokens: ProducedExtent = spec.tokens;
  for (const step of spec.steps) {
    if (step.op === 'add_tokens') {
      const more = Number(step.first !== undefined) + Number(step.last !== undefined);
      tokens = { minimum: tokens.minimum + more, maximum: (tokens.maximum ?? 0) + more };
    }
    if (step.op === 'pad_tokens') tokens = { minimum: step.length, maximum: step.length };
  }
  return [{ minimum: 1, maximum: 1 }, tokens];
}

/** Element type that the steps give. */
export function sequenceDataType(spec: SequenceInputSpec): 'INT64' | 'INT32' | 'FP32' {
  const last = spec.steps.find((step) => step.op === 'ids_to_tensor');
  return last?.dataType ?? 'INT64';
}
