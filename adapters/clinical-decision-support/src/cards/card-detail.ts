import type { runtimeV1 } from '@deephealth/proto';
import type { Feature } from '../bindings/cds-request.js';
import type { CatalogService, FilledInputSpec } from '../service/service-catalog.js';
import { formatNumber } from './format-number.js';
import type { Phrases } from './phrases.js';
import { escapeMarkdown } from './plain-text.js';

/** What a detail is written in. */
export interface DetailVoice {
  readonly phrases: Phrases;
  /** For numbers. */
  readonly language: string;
}

/** The values that an answer is based on, as a table of GitHub's Markdown. */
export function valuesTable(features: readonly Feature[], input: FilledInputSpec, voice: DetailVoice): string {
  const { phrases } = voice;
  const head = [phrases.finding, phrases.value, phrases.date, phrases.code];
  const rows = features.map((feature) => {
    const name = nameOf(feature.column, input);
    if (feature.kind === 'unusable') return [name, phrases.unknown, '', ''];
    const { code, at = '' } = feature;
    const codeText = code === undefined ? '' : `${code.code} (${systemName(code.system)})`;
    return [name, valueText(feature, voice), dateText(at), codeText];
  });
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(head), '|---|---|---|---|', ...rows.map(line)].join('\n');
}

export function nameOf(column: string, input: FilledInputSpec): string {
  const columns = input.kind === 'table' ? input.columns : [];
  const described = columns.find(({ name }) => name === column)?.codes?.[0]?.display;
  return described ?? column.replaceAll('_', ' ');
}

function valueText(feature: Extract<Feature, { kind: 'value' }>, { phrases, language }: DetailVoice): string {
  const { value, unit, recording, mediaType } = feature;
  if (recording !== undefined) {
    const { channels, durationS, samplingRateHz } = recording;
    const parts = [`${formatNumber(durationS, language)} s`, `${formatNumber(samplingRateHz, language)} Hz`];
    return [channels.join(', '), ...parts, ...(mediaType === undefined ? [] : [mediaType])].join('; ');
  }
  if (typeof value === 'boolean') return value ? phrases.yes : phrases.no;
  if (typeof value === 'string') return value;
  const text = formatNumber(value, language);
  return unit === undefined || unit === '1' ? text : `${text} ${unit}`;
}

function systemName(system: string): string {
  if (system === 'http://loinc.org') return 'LOINC';
  if (system === 'http://snomed.info/sct') return 'SNOMED CT';
  // What an institution defines is known by the end of its address.
  return /^https?:/.test(system) ? (system.split('/').pop() ?? system) : system;
}

/** To the minute, with the offset that it was recorded in; a date alone as it is. */
function dateText(at: string): string {
  const [, day, time, offset] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*(Z|[+-]\d\d:\d\d)$/.exec(at) ?? [];
  return day === undefined ? at : `${day} ${time} ${offset === 'Z' ? 'UTC' : offset}`;
}

/** What the runtime says of this answer, but for what has words of its own on the card. */
export function warningsList(
  warnings: readonly runtimeV1.Warning__Output[],
  { phrases }: DetailVoice,
  saidElsewhere: readonly runtimeV1.WarningKind__Output[] = [],
): string {
  // That the model is for research only has a line of its own.
  const apart = ['WARNING_KIND_RESEARCH_USE_ONLY', ...saidElsewhere];
  const shown = warnings.filter(({ kind }) => !apart.includes(kind));
  if (shown.length === 0) return '';
  return [`**${phrases.warnings}**`, '', ...shown.map(({ message }) => `- ${escapeMarkdown(message)}`)].join('\n');
}

/** What model it was, what it is for, and what it is not for. */
export function aboutModel(
  { manifest, packageSha256, modelCardUrl }: CatalogService,
  { phrases }: DetailVoice,
): string {
  const limits = manifest.limitations.map((limit) => `- ${escapeMarkdown(limit)}`);
  return [
    `**${phrases.use}**: ${escapeMarkdown(manifest.intendedUse)}`,
    ...(limits.length === 0 ? [] : [[`**${phrases.limits}**`, '', ...limits].join('\n')]),
    `**${phrases.model}**: ${escapeMarkdown(manifest.title)}, ${escapeMarkdown(manifest.name)} ${escapeMarkdown(manifest.version)} (SHA-256 ${packageSha256}). [${phrases.modelCard}](${modelCardUrl})`,
    `*${phrases.generated}*`,
    ...(manifest.researchUseOnly ? [`**${phrases.researchOnly}**`] : []),
  ].join('\n\n');
}
