import type { Manifest } from '@deephealth/sdk';
import type { RuleBaseBinding } from '../bindings/expressif-binding.js';
import type { LiveRuleBase } from '../live/live-rule-base.js';

/** A rule base that questions are put to. */
export interface RuleService {
  /** "<model>/<version>/<label>". */
  readonly id: string;
  readonly manifest: Manifest;
  readonly packageSha256: string;
  readonly binding: RuleBaseBinding;
  readonly rules: LiveRuleBase;
}
