import { parseBody } from '../decision/parse-body.js';
import type { RuleService } from '../decision/rule-service.js';
import { toDecisionOutput } from '../decision/to-decision.js';
import type { InputValues } from '../engine/input-value.js';
import { evaluationRequest } from '../generated/validators.js';

/**
 * The rules on numbers in the units of their variables, without the model: for plots, and to try rules out. What the
 * model would give is what the body says.
 *
 * @throws DH_REQUEST_MALFORMED
 */
export function evaluateForPage({ rules }: RuleService, body: Uint8Array) {
  const { values } = parseBody<{ readonly values: InputValues }>(
    body,
    evaluationRequest,
    'evaluation-request.schema.json',
  );
  const { version, digest, engine } = rules.current();
  const known = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? undefined]));
  const { outputs, rules: evaluated, clamped } = engine.evaluate(known);
  return {
    ruleBase: { version, digest },
    outputs: Object.fromEntries([...outputs].map(([name, output]) => [name, toDecisionOutput(output)])),
    rules: evaluated.map(({ rule, degree, fired }) => ({
      id: rule,
      ...(Number.isNaN(degree) ? {} : { degree }),
      fired,
    })),
    clamped,
  };
}
