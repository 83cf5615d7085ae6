import type { runtimeV1 } from '@deephealth/proto';
import type { ModelPremise } from '../bindings/expressif-binding.js';
import type { InputSource } from '../explanation/explanation.js';

/** What stands behind a premise that the model gave. */
export function premiseSource(
  model: ModelPremise,
  { requestId, provenance }: runtimeV1.PredictResponse__Output,
): InputSource {
  return {
    model: {
      name: provenance?.modelName ?? '',
      version: provenance?.modelVersion ?? '',
      packageSha256: provenance?.packageSha256 ?? '',
    },
    inputSha256: provenance?.inputSha256 ?? '',
    requestId,
    output: model.output,
    transform: transformText(model),
  };
}

/** The declared way from the model's numbers to the premise, in one line. */
function transformText(model: ModelPremise): string {
  switch (model.as) {
    case 'value': {
      const { label, unit, scale = 1, offset = 0 } = model;
      return `${scale} x ${label} [${unit}] + ${offset}`;
    }
    case 'degrees': {
      const { transform } = model;
      if (typeof transform === 'string') return transform;
      return `piecewise ${transform.piecewise.map(([x, y]) => `(${x}, ${y})`).join(' ')}`;
    }
    case 'relation': {
      const { subject, reference, relation, measure } = model;
      if ('direction' in relation) return `${measure} of ${subject} ${relation.direction} of ${reference}`;
      if ('nearMm' in relation) return `${measure} of ${subject} near ${reference}, ${relation.nearMm.join(' to ')} mm`;
      return `${measure} of ${subject} adjacent to ${reference}, ${relation.adjacentMm} mm`;
    }
  }
}
