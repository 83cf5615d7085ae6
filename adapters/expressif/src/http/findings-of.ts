import type { LintFinding } from '../lint/lint-finding.js';
import { lintKnowledgeBase } from '../lint/lint-knowledge-base.js';
import type { RuleBaseSnapshot } from '../live/live-rule-base.js';

const found = new WeakMap<RuleBaseSnapshot, readonly LintFinding[]>();

/** What the lint finds in a version of the rules, looked for once: large rule bases take it seconds. */
export function findingsOf(snapshot: RuleBaseSnapshot): readonly LintFinding[] {
  const known = found.get(snapshot) ?? lintKnowledgeBase(snapshot.knowledgeBase);
  found.set(snapshot, known);
  return known;
}
