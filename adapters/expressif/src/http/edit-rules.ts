import { parseBody } from '../decision/parse-body.js';
import type { RuleService } from '../decision/rule-service.js';
import { ruleEdit } from '../generated/validators.js';
import type { EditSettings } from '../live/live-rule-base.js';
import type { RuleChange } from '../live/rule-change.js';

type Edit = EditSettings & { readonly changes: readonly RuleChange[] };

/**
 * Changes the rules of a rule base as a body says (schemas/rule-edit.schema.json): all of it or nothing.
 *
 * @returns the version and digest that questions are answered by from now on
 * @throws DH_REQUEST_MALFORMED, and what `LiveRuleBase.edit` throws
 */
export function editRules(
  { rules }: RuleService,
  body: Uint8Array,
): { readonly version: number; readonly digest: string } {
  const { changes, ...settings } = parseBody<Edit>(body, ruleEdit, 'rule-edit.schema.json');
  const { version, digest } = rules.edit(changes, settings);
  return { version, digest };
}
