import type { Coding, FhirResource } from 'fhir/r4.js';
import type { CardRule, CodeReference, SuggestionBinding } from '../bindings/cds-hooks-binding.js';
import type { CdsRequest } from '../bindings/cds-request.js';
import { fillTemplate } from '../fhir/fill-template.js';
import { withoutEmpty } from '../service/without-empty.js';
import type { Card, Link, Suggestion } from './card.js';
import { wordingIn } from './languages.js';

export function codingOf({ system, code, display }: CodeReference): Coding {
  return { system, code, ...(display === undefined ? {} : { display }) };
}

/** Suggestions of a rule, with how many of them may be taken. */
export function suggestionsOf(
  rule: CardRule,
  request: CdsRequest,
  languages: readonly string[],
  newUuid: () => string,
): Pick<Card, 'suggestions' | 'selectionBehavior'> {
  const suggestions = (rule.suggestions ?? []).map((suggestion) =>
    toSuggestion(suggestion, request, languages, newUuid),
  );
  if (suggestions.length === 0) return {};
  const recommended = suggestions.filter(({ isRecommended }) => isRecommended === true).length;
  return { suggestions, selectionBehavior: recommended > 1 ? 'any' : 'at-most-one' };
}

function toSuggestion(
  { label, isRecommended, creates }: SuggestionBinding,
  request: CdsRequest,
  languages: readonly string[],
  newUuid: () => string,
): Suggestion {
  return {
    label: wordingIn(label, languages),
    uuid: newUuid(),
    ...(isRecommended === undefined ? {} : { isRecommended }),
    actions: creates.map(({ description, resource }) => ({
      type: 'create',
      description: wordingIn(description, languages),
      resource: withoutEmpty(filled(resource, request)) as FhirResource,
    })),
  };
}

/** With the tokens filled; a text whose token the call has no value for is left out. */
function filled(content: unknown, request: CdsRequest): unknown {
  if (typeof content === 'string') return fillTemplate(content, request, (value) => value);
  if (Array.isArray(content)) return content.map((item) => filled(item, request));
  if (typeof content !== 'object' || content === null) return content;
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, filled(value, request)]));
}

/** @param first links that are not of the rule, before its own */
export function linksOf(
  rule: CardRule,
  request: CdsRequest,
  languages: readonly string[],
  first: readonly Link[] = [],
): Pick<Card, 'links'> {
  const ofRule = (rule.links ?? []).flatMap(({ label, url, type, appContext }): Link[] => {
    const target = fillTemplate(url, request);
    if (target === undefined) return [];
    const context = type === 'smart' && appContext !== undefined ? { appContext } : {};
    return [{ label: wordingIn(label, languages), url: target, type, ...context }];
  });
  const links = [...first, ...ofRule];
  return links.length === 0 ? {} : { links };
}

/** What a clinician may say who does not follow the card. */
export function overrideReasonsOf(reasons: readonly CodeReference[] = []): Pick<Card, 'overrideReasons'> {
  return reasons.length === 0 ? {} : { overrideReasons: reasons.map(codingOf) };
}
