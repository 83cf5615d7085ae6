import { refused } from '../decision/parse-body.js';
import type { RuleService } from '../decision/rule-service.js';
import { writeKnowledgeBase } from '../formats/knowledge-base-format.js';

const TYPES = {
  fll: 'text/plain; charset=utf-8',
  fcl: 'text/plain; charset=utf-8',
  fml: 'application/xml; charset=utf-8',
};

/**
 * The rules as they are now, as a file. @param format default fll
 *
 * @throws DH_REQUEST_MALFORMED; DH_RULES_INCONSISTENT where the format cannot say what the rules mean
 */
export function rulesAs({ rules }: RuleService, format = 'fll'): { readonly type: string; readonly text: string } {
  if (format !== 'fll' && format !== 'fcl' && format !== 'fml') throw refused('format', 'must be fll, fcl or fml');
  return { type: TYPES[format], text: writeKnowledgeBase(rules.current().knowledgeBase, format).text };
}
