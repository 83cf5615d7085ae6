import type { runtimeV1 } from '@deephealth/proto';
import type { CardRule } from '../bindings/cds-hooks-binding.js';
import type { CdsRequest, Feature } from '../bindings/cds-request.js';
import type { CatalogService } from '../service/service-catalog.js';
import type { Card } from './card.js';
import { codingOf, linksOf, overrideReasonsOf, suggestionsOf } from './card-additions.js';
import { aboutModel, type DetailVoice, nameOf, valuesTable, warningsList } from './card-detail.js';
import { findingExtension, provenanceExtension } from './card-extension.js';
import { type CardRegion, regionExtension, regionLines } from './card-region.js';
import { formatNumber, formatPercent, formatProbability } from './format-number.js';
import { wordingIn } from './languages.js';
import { phrasesFor } from './phrases.js';
import { escapeMarkdown, fillWording, toSummary } from './plain-text.js';
import { type Reliability, reliabilityOf } from './reliability.js';
import { type Outcome, outcomeOf, type Score } from './score.js';

/** What all cards of a call are made of. */
export interface CardContext {
  readonly service: CatalogService;
  readonly request: CdsRequest;
  readonly features: readonly Feature[];
  readonly requestId: string;
  /** Best first. */
  readonly languages: readonly string[];
  readonly newUuid: () => string;
  /** Absent where the rule that holds asks for none. */
  readonly region?: CardRegion | undefined;
}

/** The rule that makes the card, with the score that it holds for. */
export interface HeldRule {
  readonly rule: CardRule;
  readonly score: Score;
}

/** The first rule that holds. Throws DH_RESPONSE_INVALID. */
export function heldRule(
  { binding, output }: CatalogService,
  response: runtimeV1.PredictResponse__Output,
): HeldRule | undefined {
  const outcome = outcomeOf(response, output);
  return outcome.isAbstained ? undefined : firstHeld(binding.cards.rules, outcome);
}

/**
 * The cards of an answer of the runtime: that of the first rule that holds, none if none does, and one without
 * any number if the model abstained. Throws DH_RESPONSE_INVALID.
 */
export function makeCards(context: CardContext, response: runtimeV1.PredictResponse__Output): Card[] {
  const { service } = context;
  const outcome = outcomeOf(response, service.output);
  if (outcome.isAbstained) return [abstention(context, response)];
  const held = firstHeld(service.binding.cards.rules, outcome);
  if (held === undefined) return [];
  const { rule, score } = held;
  const reliability =
    score.unit === undefined ? reliabilityOf(score.value, service.binding.cards.reliability) : undefined;
  const region = regionExtension(context.region);
  const extension = {
    'eu.deephealth.finding': findingExtension(service, context.features, { score, outcome, reliability, region }),
    'eu.deephealth.provenance': provenanceExtension(service, context.requestId, response),
  };
  return [ruleCard(context, response, rule, score, reliability, extension)];
}

/** For what is missing or not usable: it says what, and shows no number of a model, which was not asked. */
export function makeUnusableCard(context: CardContext): Card {
  const { service, features, requestId } = context;
  const voice = voiceOf(context);
  const { phrases } = voice;
  const missing = features.flatMap((feature) =>
    feature.kind === 'unusable'
      ? [`- **${escapeMarkdown(nameOf(feature.column, service.input))}** ${escapeMarkdown(phrases.why[feature.why])}`]
      : [],
  );
  return {
    ...frame(context),
    summary: toSummary(fillWording(phrases.noResult, { title: service.binding.title })),
    indicator: 'info',
    detail: [phrases.noResultDetail, missing.join('\n'), aboutModel(service, voice)].join('\n\n'),
    extension: {
      'eu.deephealth.finding': findingExtension(service, features, {}),
      'eu.deephealth.provenance': provenanceExtension(service, requestId),
    },
  };
}

function firstHeld(rules: readonly CardRule[], { scores }: Outcome): HeldRule | undefined {
  for (const rule of rules) {
    const score = scores.get(rule.of);
    if (score !== undefined && holds(rule, score.value)) return { rule, score };
  }
  return undefined;
}

function holds({ atLeast, below }: CardRule, value: number): boolean {
  return (atLeast === undefined || value >= atLeast) && (below === undefined || value < below);
}

function voiceOf({ languages }: CardContext): DetailVoice {
  const language = languages[0] ?? 'en';
  return { phrases: phrasesFor(language), language };
}

function frame({ service, newUuid }: CardContext): Pick<Card, 'uuid' | 'source'> {
  const { manifest, binding, modelCardUrl } = service;
  return {
    uuid: newUuid(),
    source: { label: `${manifest.title} ${manifest.version}`, url: modelCardUrl, topic: codingOf(binding.cards.topic) },
  };
}

function ruleCard(
  context: CardContext,
  response: runtimeV1.PredictResponse__Output,
  rule: CardRule,
  score: Score,
  reliability: Reliability | undefined,
  extension: Card['extension'],
): Card {
  const { service, request, features, languages, newUuid, region } = context;
  const voice = voiceOf(context);
  const fillings = fillingsOf(score, reliability, voice.language);
  const wording = rule.detail === undefined ? undefined : fillWording(wordingIn(rule.detail, languages), fillings);
  const detail = [
    wording,
    scoreLine(score, reliability, voice),
    `**${voice.phrases.values}**`,
    valuesTable(features, service.input, voice),
    warningsList(response.warnings, voice, region?.kind === 'shown' ? ['WARNING_KIND_HIGHLIGHT_DOUBTFUL'] : []),
    regionPart(context, response, voice),
    aboutModel(service, voice),
  ];
  return {
    ...frame(context),
    summary: toSummary(fillWording(wordingIn(rule.summary, languages), fillings)),
    // What interrupts a clinician at once needs somebody who has decided that it may.
    indicator: rule.indicator === 'critical' && rule.approval === undefined ? 'warning' : rule.indicator,
    detail: detail.filter((part) => part !== undefined && part !== '').join('\n\n'),
    ...suggestionsOf(rule, request, languages, newUuid),
    ...overrideReasonsOf(service.binding.cards.overrideReasons),
    ...linksOf(rule, request, languages, region?.kind === 'shown' ? [region.link] : []),
    extension,
  };
}

function abstention(context: CardContext, response: runtimeV1.PredictResponse__Output): Card {
  const { service, features, requestId } = context;
  const voice = voiceOf(context);
  const detail = [
    warningsList(response.warnings, voice),
    `**${voice.phrases.values}**`,
    valuesTable(features, service.input, voice),
    aboutModel(service, voice),
  ];
  return {
    ...frame(context),
    summary: toSummary(fillWording(voice.phrases.abstained, { title: service.binding.title })),
    indicator: 'info',
    detail: detail.filter((part) => part !== '').join('\n\n'),
    extension: {
      'eu.deephealth.finding': findingExtension(service, features, {}),
      'eu.deephealth.provenance': provenanceExtension(service, requestId, response),
    },
  };
}

function fillingsOf(
  score: Score,
  reliability: Reliability | undefined,
  language: string,
): Record<string, string | undefined> {
  const { label, value, unit, lower, upper } = score;
  const isProbability = unit === undefined;
  const number = (part: number | undefined) => (part === undefined ? undefined : formatNumber(part, language));
  const percent = (part: number | undefined) => (part === undefined ? undefined : formatPercent(part, language));
  return {
    label,
    value: isProbability ? formatProbability(value, language) : formatNumber(value, language),
    unit: unit ?? '1',
    probability: isProbability ? formatProbability(value, language) : undefined,
    percent: isProbability ? formatPercent(value, language) : undefined,
    low: isProbability ? percent(reliability?.low) : number(lower),
    high: isProbability ? percent(reliability?.high) : number(upper),
  };
}

/** The score with its interval: that of the held-out data for a probability, that of the model for a value. */
function scoreLine(score: Score, reliability: Reliability | undefined, { phrases, language }: DetailVoice): string {
  const { label, value, unit, lower, upper, intervalLevel } = score;
  if (unit === undefined) {
    const head = `**${phrases.score}**: ${escapeMarkdown(label)}, ${escapeMarkdown(formatPercent(value, language))} %.`;
    if (reliability === undefined) return head;
    const { band, low, high } = reliability;
    const said = fillWording(phrases.reliability, {
      cases: String(band.cases),
      observed: String(band.observed),
      from: formatNumber(band.from, language),
      to: formatNumber(band.to, language),
      low: formatPercent(low, language),
      high: formatPercent(high, language),
    });
    return `${head} ${escapeMarkdown(said)}`;
  }
  const named = unit === '1' ? '' : ` ${unit}`;
  const head = `**${phrases.score}**: ${escapeMarkdown(`${label}, ${formatNumber(value, language)}${named}`)}.`;
  if (lower === undefined || upper === undefined) return head;
  const level = intervalLevel === undefined ? '' : ` (${formatNumber(intervalLevel * 100, language)} %)`;
  const interval = escapeMarkdown(`${formatNumber(lower, language)} – ${formatNumber(upper, language)}${named}`);
  return `${head} ${phrases.modelInterval}${level}: ${interval}.`;
}

function regionPart(
  { service, region }: CardContext,
  response: runtimeV1.PredictResponse__Output,
  voice: DetailVoice,
): string | undefined {
  if (region !== undefined) return regionLines(region, voice);
  return hasHighlight(response, service) ? voice.phrases.highlight : undefined;
}

function hasHighlight({ findings }: runtimeV1.PredictResponse__Output, { output }: CatalogService): boolean {
  return findings.some(({ name, highlight }) => name === output.name && highlight !== null);
}
