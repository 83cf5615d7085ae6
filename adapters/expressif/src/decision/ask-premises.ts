import type { runtimeV1 } from '@deephealth/proto';
import type { InputSource } from '../explanation/explanation.js';
import { type AskOptions, askModel } from './ask-model.js';
import type { DecisionRequest } from './decision-request.js';
import { type ModelPremiseValue, modelPremises } from './model-premises.js';
import { premiseSource } from './premise-source.js';
import type { RuleService } from './rule-service.js';

/** What the model gives to rules, by the names of the variables; nothing where no rule reads it. */
export interface AskedPremises {
  readonly premises: ReadonlyMap<string, ModelPremiseValue>;
  readonly sources: ReadonlyMap<string, InputSource>;
  readonly answer?: runtimeV1.PredictResponse__Output;
}

/** Asks the model, if rules read it. @throws as `askModel` and `modelPremises` */
export async function askPremises(
  service: RuleService,
  request: DecisionRequest,
  requestId: string,
  options: AskOptions,
): Promise<AskedPremises> {
  const answer = await askModel(service, request, requestId, options);
  if (answer === undefined) return { premises: new Map(), sources: new Map() };
  const { binding } = service;
  const sources = new Map<string, InputSource>();
  for (const [name, { model }] of Object.entries(binding.variables)) {
    if (model !== undefined) sources.set(name, premiseSource(model, answer));
  }
  return { premises: modelPremises(binding, answer), sources, answer };
}
