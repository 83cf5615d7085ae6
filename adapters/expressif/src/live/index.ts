export { canonicalForm, knowledgeBaseDigest } from './canonical-form.js';
export {
  createLiveRuleBase,
  type EditSettings,
  type LiveRuleBase,
  type LiveRuleBaseOptions,
  type RuleBaseSnapshot,
  type VersionedEvaluation,
} from './live-rule-base.js';
export type { RuleBaseVersion } from './rule-base-history.js';
export type { ResolvedChange, RuleChange, RuleText } from './rule-change.js';
