import { randomUUID } from 'node:crypto';
import type { runtimeV1 } from '@deephealth/proto';
import type { CdsCode, CdsRule, CdsService } from '../../cds/cds-binding.js';
import { CdsRefusal } from './cds-refusal.js';
import type { Feature } from './reference-features.js';

export type Card = Readonly<Record<string, unknown>>;
type Response = runtimeV1.PredictResponse__Output;

/** What a card is made of. */
export interface CardContext {
  readonly service: CdsService;
  readonly features: readonly Feature[];
  readonly patientId: string;
  readonly baseUrl: string;
}

export const FINDING = 'eu.deephealth.finding';
export const PROVENANCE = 'eu.deephealth.provenance';

/** From what the runtime says to cards. Each part is a method, so that a mutant can change one. */
export class ReferenceCards {
  cards(response: Response, context: CardContext): Card[] {
    const { service } = context;
    const finding = response.findings.find(({ name }) => name === service.output);
    if (finding?.classification?.abstained) {
      const card = this.withoutScore('The model gave no decision.', context);
      return [{ ...card, extension: this.extension(response, context) }];
    }
    const probability = (label: string) =>
      finding?.classification?.classes.find((one) => one.label === label)?.probability;
    for (const rule of service.cards.rules) {
      const value = probability(rule.of);
      if (value === undefined || !this.isNumber(value)) {
        throw new CdsRefusal(503, 'RESPONSE_INVALID', 'The runtime gave no number.');
      }
      if (this.holds(rule, value)) return [this.card(rule, value, response, context)];
    }
    return [];
  }

  isNumber(value: number): boolean {
    return Number.isFinite(value) && value >= 0 && value <= 1;
  }

  holds({ atLeast = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY }: CdsRule, value: number): boolean {
    return value >= atLeast && value < below;
  }

  card(rule: CdsRule, value: number, response: Response, context: CardContext): Card {
    const { service } = context;
    return this.finished({
      uuid: this.uuid(),
      summary: this.summary(rule, value),
      detail: this.detail(rule, value, response, context),
      indicator: this.indicator(rule, value),
      source: this.source(context, response),
      ...this.suggestions(rule, context),
      overrideReasons: service.cards.overrideReasons,
      links: (rule.links ?? []).map(({ label, url, type }) => ({ label: label.en, url, type })),
      extension: this.extension(response, context),
    });
  }

  /** The last word on every card. */
  finished(card: Card): Card {
    return card;
  }

  /** Says what is missing, and no number. */
  withoutScore(why: string, context: CardContext): Card {
    const missing = context.features.flatMap((one) => ('unusable' in one ? [`${one.column}: ${one.unusable}`] : []));
    return this.finished({
      uuid: this.uuid(),
      summary: `No score: ${why}`,
      ...(missing.length > 0 && { detail: missing.map((one) => `- ${one}`).join('\n') }),
      indicator: 'info',
      source: this.source(context),
    });
  }

  uuid(): string {
    return randomUUID();
  }

  summary({ summary }: CdsRule, value: number): string {
    return summary.en.replace('{percent}', `${(value * 100).toFixed(1)} %`).slice(0, 139);
  }

  indicator({ indicator }: CdsRule, _value: number): string {
    return indicator;
  }

  source({ service, baseUrl }: CardContext, response?: Response): Card {
    const { modelName = 'conformance-cds', modelVersion = '1' } = response?.provenance ?? {};
    const { system, code, display } = service.cards.topic;
    return {
      label: service.title,
      url: `${baseUrl}/models/${modelName}/${modelVersion}`,
      topic: { system, code, ...(display !== undefined && { display }) },
    };
  }

  detail(rule: CdsRule, _value: number, { warnings, provenance }: Response, { features }: CardContext): string {
    const rows = features.map((feature) => {
      if (!('known' in feature)) return `| ${feature.column} | not known | | |`;
      const { value, unit, at = '', code } = feature.known;
      return `| ${[feature.column, `${value} ${unit}`, at.slice(0, 10), code?.code ?? ''].map((cell) => this.cell(cell)).join(' | ')} |`;
    });
    return [
      this.cell(rule.detail?.en ?? ''),
      '',
      '| value | | date | code |',
      '|---|---|---|---|',
      ...rows,
      '',
      ...warnings.map(({ message }) => `- ${this.cell(message)}`),
      '',
      `Made by ${provenance?.modelName} ${provenance?.modelVersion}, package ${provenance?.packageSha256}.`,
    ].join('\n');
  }

  /** As text: neither markdown nor HTML of somebody else's. */
  cell(text: string): string {
    return text
      .replace(/[\\`*_[\]|]/g, '\\$&')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;');
  }

  suggestions({ suggestions = [] }: CdsRule, context: CardContext): Card {
    if (suggestions.length === 0) return {};
    return {
      selectionBehavior: 'at-most-one',
      suggestions: suggestions.map(({ label, creates }) => ({
        label: label.en,
        uuid: this.uuid(),
        actions: creates.map(({ description, resource }) => ({
          type: 'create',
          description: description.en,
          resource: this.filled(resource, context),
        })),
      })),
    };
  }

  filled(resource: Readonly<Record<string, unknown>>, { patientId }: CardContext): unknown {
    return JSON.parse(JSON.stringify(resource).replaceAll('{{context.patientId}}', patientId));
  }

  /** For programs; without empty parts, as all of the answer. */
  extension({ findings, warnings, provenance, requestId }: Response, { service }: CardContext): Card {
    const finding = findings.find(({ name }) => name === service.output);
    const { classes = [], decision = [], abstained = false } = finding?.classification ?? {};
    const shown = classes.find(({ label }) => label === service.cards.rules[0]?.of);
    return {
      [FINDING]: {
        output: service.output,
        isAbstained: abstained,
        ...coded(finding?.codes),
        // A model that abstained has no numbers to show.
        ...(!abstained && {
          label: shown?.label,
          probability: this.shown(shown?.probability ?? Number.NaN),
          ...(decision.length > 0 && { decision }),
          classes: classes.map(({ label, probability, codes }) => ({
            label,
            ...coded(codes),
            probability: this.shown(probability),
          })),
        }),
      },
      [PROVENANCE]: {
        requestId,
        modelName: provenance?.modelName,
        modelVersion: provenance?.modelVersion,
        packageSha256: provenance?.packageSha256,
        ...(warnings.length > 0 && {
          warnings: warnings.map(({ kind, field, message }) => ({
            kind: kind.replace('WARNING_KIND_', ''),
            ...(field !== '' && { field }),
            message,
          })),
        }),
      },
    };
  }

  shown(probability: number): number {
    return probability;
  }
}

function coded(codes: readonly CdsCode[] = []): Card {
  return codes.length === 0 ? {} : { codes: codes.map(({ system, code }) => ({ system, code })) };
}
