import type { runtimeV1 } from '@deephealth/proto';
import { asReceived } from '../targets/channel-call.js';
import type { Entry, Plain, Question } from './decision.js';
import type { BoundVariable } from './expressif-binding.js';
import { oracleRules, type PlacedRuleBase } from './expressif-models.js';
import { type Evaluated, type Given, RuleOracle } from './oracle/rule-oracle.js';
import { type OraclePremise, PremiseOracle } from './premise-oracle.js';

/** What the rules of a base must conclude of a question that is right. */
export interface ExpectedDecision extends Evaluated {
  /** Of the model. */
  readonly premises: ReadonlyMap<string, OraclePremise>;
}

/** @param answer of the runtime, where rules read the model */
export function expectedDecision(
  base: PlacedRuleBase,
  question: Question,
  answer?: runtimeV1.PredictResponse,
): ExpectedDecision {
  const { variables, outOfRange } = base.bound;
  const received = answer && asReceived<runtimeV1.PredictResponse__Output>('Predict', 'response', answer);
  const premises = received === undefined ? new Map() : new PremiseOracle().premises(variables, received);
  const given = Object.fromEntries(
    Object.entries(variables).map(([name, variable]): [string, Given] => {
      if (variable.model !== undefined) return [name, premises.get(name)?.given];
      return [name, givenOf(variable, question.values[variable.column ?? name], question.at)];
    }),
  );
  const evaluated = new RuleOracle().evaluate(oracleRules(base), given, { extend: outOfRange === 'extend' });
  return { ...evaluated, premises };
}

function givenOf({ numbers, maxAgeS }: BoundVariable, said: Plain | Entry | undefined, at = ''): Given {
  if (said === undefined || said === null) return undefined;
  const entry: Entry = typeof said === 'object' ? said : { value: said };
  const ageMs = Date.parse(at) - Date.parse(entry.at ?? '');
  if (maxAgeS !== undefined && ageMs > 1000 * maxAgeS) return { absent: 'expired' };
  if ('degrees' in entry) return { degrees: entry.degrees };
  if (entry.value === null) return undefined;
  return typeof entry.value === 'number' ? entry.value : numbers?.[String(entry.value)];
}
