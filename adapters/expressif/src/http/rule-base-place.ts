/** Path of one rule base; what belongs to it is below. */
export const RULE_BASE = '/v1/rule-bases/:model/:version/:label';

/** Parameters of the path. */
export interface RuleBasePlace {
  readonly Params: { readonly model: string; readonly version: string; readonly label: string };
}
