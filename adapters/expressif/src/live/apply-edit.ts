import { DeepHealthError } from '@deephealth/sdk';
import { type CompiledRuleBase, compileRuleBase, type EngineOptions } from '../engine/compile-rule-base.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { applyChange, resolveChange } from './apply-change.js';
import { freeze } from './frozen-copy.js';
import type { ResolvedChange, RuleChange } from './rule-change.js';

/** What one edit may hold: beyond it a rule base is better loaded anew. */
const MAX_CHANGES = 1000;

export type EditedRuleBase = {
  readonly changes: readonly ResolvedChange[];
  readonly knowledgeBase: KnowledgeBase;
  readonly compiled: CompiledRuleBase;
};

/**
 * A rule base with all changes of an edit, which may rely on each other in their order. Only the whole need be
 * consistent: a change may break what a later one mends.
 *
 * @param version that the edited rule base will have
 * @throws DH_RULES_MALFORMED or DH_RULES_INCONSISTENT; message and detail `change` name the change at fault, the
 * first being 1. Where it is the whole that is inconsistent, that is the one since which it is.
 */
export function applyEdit(
  base: KnowledgeBase,
  changes: readonly RuleChange[],
  version: number,
  options: EngineOptions,
): EditedRuleBase {
  if (!Array.isArray(changes) || changes.length === 0 || changes.length > MAX_CHANGES) {
    throw inconsistent(`An edit holds 1 to ${MAX_CHANGES} changes`);
  }
  const states: KnowledgeBase[] = [base];
  const resolved = changes.map((change: RuleChange, index) => {
    const state = states[index] as KnowledgeBase;
    try {
      const data = freeze(resolveChange(state, change, version));
      states.push(applyChange(state, data));
      return data;
    } catch (error) {
      throw blaming(error, index + 1, changes.length);
    }
  });
  const knowledgeBase = freeze(states.at(-1) as KnowledgeBase);
  try {
    return { changes: resolved, knowledgeBase, compiled: compileRuleBase(knowledgeBase, options) };
  } catch (error) {
    throw blaming(error, faultySince(states, error, options), changes.length);
  }
}

/** The number of the change after which the rule base had the fault that it has in the end. */
function faultySince(states: readonly KnowledgeBase[], fault: unknown, options: EngineOptions): number {
  const isFaulty = (state: KnowledgeBase): boolean => {
    try {
      compileRuleBase(state, options);
      return false;
    } catch (error) {
      return (error as Error).message === (fault as Error).message;
    }
  };
  let change = states.length - 1;
  while (change > 1 && isFaulty(states[change - 1] as KnowledgeBase)) change -= 1;
  return change;
}

function blaming(error: unknown, change: number, count: number): DeepHealthError {
  const { code, message, details } = DeepHealthError.from(error);
  return new DeepHealthError(code, `Change ${change} of ${count}: ${message}`, {
    details: { ...details, change: String(change) },
    cause: error,
  });
}
