import type { CodeableConcept, Identifier, Observation, Quantity, Reference, RiskAssessment } from 'fhir/r4.js';
import type { Feature } from '../bindings/cds-request.js';
import { type Reliability, reliabilityOf } from '../cards/reliability.js';
import type { Code, Outcome, Score } from '../cards/score.js';
import type { CatalogService } from '../service/service-catalog.js';
import { AI_ASSERTED, AI_CONFIDENCE_URL, UCUM } from './code-systems.js';

/** One answer of a model that a card was made of. */
export interface ModelResult {
  readonly service: CatalogService;
  readonly outcome: Outcome;
  readonly features: readonly Feature[];
  readonly patientId: string;
  readonly encounterId?: string;
  /** When the model had answered, ISO 8601. */
  readonly completedAt: string;
  readonly identifiers: readonly Identifier[];
  readonly warnings: readonly string[];
}

/** A RiskAssessment of a classification, an Observation of a regression; of `device`, and seen by nobody yet. */
export function resultResource(result: ModelResult, device: Reference): RiskAssessment | Observation {
  return result.service.output.kind === 'classification' ? riskAssessment(result, device) : observation(result, device);
}

function riskAssessment(result: ModelResult, device: Reference): RiskAssessment {
  const { service, outcome, completedAt } = result;
  return {
    resourceType: 'RiskAssessment',
    ...common(result),
    method: methodOf(service),
    code: concept(outcome.codes, service.binding.title),
    occurrenceDateTime: completedAt,
    performer: device,
    basis: inputReferences(result.features),
    prediction: outcome.classes.map(({ label, codes, probability }) => {
      const said = reliabilityOf(probability, service.binding.cards.reliability);
      const isAbout = service.binding.cards.rules.some(({ of }) => of === label);
      return {
        outcome: concept(codes, label),
        // A range has units. Of a decimal, readers disagree whether 0.4 is 40 % or 0.4 %.
        probabilityRange: { low: percent(probability), high: percent(probability) },
        ...(said === undefined || !isAbout ? {} : { rationale: rationaleOf(said) }),
      };
    }),
  };
}

function observation(result: ModelResult, device: Reference): Observation {
  const { service, outcome, completedAt, features } = result;
  const values = [...outcome.scores.values()];
  const [only] = values;
  const derivedFrom = inputReferences(features).filter(({ reference }) => reference?.startsWith('Observation/'));
  return {
    resourceType: 'Observation',
    ...common(result),
    method: methodOf(service),
    code: concept(outcome.codes, service.binding.title),
    effectiveDateTime: completedAt,
    device,
    ...(derivedFrom.length === 0 ? {} : { derivedFrom }),
    ...(values.length === 1 && only !== undefined
      ? measured(only)
      : { component: values.map((score) => ({ code: { text: score.label }, ...measured(score) })) }),
  };
}

/** Where a value of the input was read, each once, with its version where the server gives one. */
export function inputReferences(features: readonly Feature[]): Reference[] {
  const references = features.flatMap((feature) =>
    feature.kind === 'value' && feature.reference !== undefined ? [feature.reference] : [],
  );
  return [...new Set(references)].map((reference) => ({ reference }));
}

function common({ service, patientId, encounterId, identifiers, warnings }: ModelResult) {
  const { manifest } = service;
  const notes = [
    'Computed by software. No person has confirmed it.',
    ...(manifest.researchUseOnly ? ['For research only; not validated for clinical use.'] : []),
    ...warnings,
  ];
  return {
    meta: { security: [AI_ASSERTED] },
    identifier: [...identifiers],
    // "Final" would say that somebody stands for it.
    status: 'preliminary' as const,
    subject: { reference: `Patient/${patientId}` },
    ...(encounterId === undefined ? {} : { encounter: { reference: `Encounter/${encounterId}` } }),
    note: notes.map((text) => ({ text })),
  };
}

function methodOf({ manifest }: CatalogService): CodeableConcept {
  return { text: `${manifest.title}, ${manifest.version}` };
}

function concept(codes: readonly Code[], text: string): CodeableConcept {
  return codes.length === 0 ? { text } : { coding: codes.map(({ system, code }) => ({ system, code })), text };
}

function percent(probability: number): Quantity {
  return quantity(probability * 100, '%');
}

function quantity(value: number, unit: string): Quantity {
  return { value, unit, system: UCUM, code: unit };
}

function rationaleOf({ band, low, high }: Reliability): string {
  const share = (part: number) => (part * 100).toFixed(1);
  return (
    `Of ${band.cases} held-out cases with a score from ${band.from} to ${band.to}, ${band.observed} had this outcome ` +
    `(95 % interval ${share(low)} % to ${share(high)} %).`
  );
}

function measured({ value, unit = '1', lower, upper }: Score): Pick<Observation, 'valueQuantity'> {
  const found: Quantity = quantity(value, unit);
  if (lower === undefined || upper === undefined) return { valueQuantity: found };
  const valueRange = { low: quantity(lower, unit), high: quantity(upper, unit) };
  return { valueQuantity: { ...found, extension: [{ url: AI_CONFIDENCE_URL, valueRange }] } };
}
