import { DeepHealthError } from '@deephealth/sdk';
import type { KnowledgeBase, Rule } from '../knowledge-base.js';
import { applyChange, resolveChange } from './apply-change.js';
import { knowledgeBaseDigest } from './canonical-form.js';
import { freeze } from './frozen-copy.js';
import { readRuleData } from './read-rule-data.js';
import type { RuleChange } from './rule-change.js';
import { invalid, type JournalRecord } from './rule-journal.js';

/**
 * Follows one record of a journal.
 *
 * @param version that the record must be of
 * @throws DH_RULES_JOURNAL_INVALID where it does not lead from the rule base to the digest that it states
 */
export function replayRecord(
  knowledgeBase: KnowledgeBase,
  data: unknown,
  version: number,
): { readonly record: JournalRecord; readonly knowledgeBase: KnowledgeBase } {
  const record = data as JournalRecord;
  if (record.version !== version) throw invalid(`Version ${version} is not where it should be`);
  const { at, author, reason } = record as Readonly<Record<string, unknown>>;
  if (!isAbsentOr('number', at) || !isAbsentOr('string', author) || !isAbsentOr('string', reason)) {
    throw invalid(`Version ${version} does not say rightly whose it is`);
  }
  let edited: KnowledgeBase;
  try {
    edited = freeze('rules' in record ? reverted(knowledgeBase, record.rules) : changed(knowledgeBase, record));
  } catch (error) {
    const { message } = DeepHealthError.from(error);
    throw invalid(`Version ${version} does not follow from the one before: ${message.replace(/\.$/, '')}`);
  }
  if (knowledgeBaseDigest(edited) !== record.digest) throw invalid(`Version ${version} is not what its digest says`);
  return { record, knowledgeBase: edited };
}

function changed(knowledgeBase: KnowledgeBase, record: { readonly changes: readonly RuleChange[] }): KnowledgeBase {
  return record.changes.reduce((state, change) => applyChange(state, resolveChange(state, change, 0)), knowledgeBase);
}

function reverted(knowledgeBase: KnowledgeBase, rules: readonly (readonly Rule[])[]): KnowledgeBase {
  const ruleBlocks = knowledgeBase.ruleBlocks.map((block, index) => ({
    ...block,
    rules: (rules[index] ?? []).map(readRuleData),
  }));
  return { ...knowledgeBase, ruleBlocks };
}

const isAbsentOr = (type: 'number' | 'string', value: unknown): boolean => value === undefined || typeof value === type;
