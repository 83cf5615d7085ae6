import { DeepHealthError } from '@deephealth/sdk';
import type { RuleService } from '../decision/rule-service.js';
import { answerRulePage, type RulePageAnswer } from '../page/answer-rule-page.js';
import { renderRulePage } from '../page/rule-page.js';
import { rulePagePolicy } from '../page/rule-page-policy.js';
import { findingsOf } from './findings-of.js';

/** Beside the page, where it sends the values that people try. */
const ANSWER_ADDRESS = 'page/answer';

/** The rules of now as a page, with the policy that browsers hold it to. @param language default en */
export function rulePage(
  { rules }: RuleService,
  language: string | undefined,
): { readonly html: string; readonly policy: string } {
  const snapshot = rules.current();
  const { knowledgeBase, version, digest } = snapshot;
  const html = renderRulePage(knowledgeBase, {
    version: String(version),
    digest: `sha256:${digest}`,
    language: languageOf(language),
    findings: findingsOf(snapshot),
    evaluateAddress: `${ANSWER_ADDRESS}?language=${languageOf(language)}`,
  });
  return { html, policy: `${rulePagePolicy(ANSWER_ADDRESS)}; frame-ancestors 'none'` };
}

/** What the page is answered with. @throws DH_REQUEST_MALFORMED, DH_INPUT_UNKNOWN, DH_OUTPUT_UNKNOWN */
export function rulePageAnswer({ rules }: RuleService, body: Uint8Array, language: string | undefined): RulePageAnswer {
  let question: unknown;
  try {
    question = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The body is no JSON in UTF-8.', { cause });
  }
  return answerRulePage(rules.current().engine, question, { language: languageOf(language) });
}

const languageOf = (language: string | undefined): 'en' | 'fr' => (language === 'fr' ? 'fr' : 'en');
