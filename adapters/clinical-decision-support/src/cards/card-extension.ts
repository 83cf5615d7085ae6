import type { runtimeV1 } from '@deephealth/proto';
import type { Feature } from '../bindings/cds-request.js';
import type { CatalogService } from '../service/service-catalog.js';
import { withoutEmpty } from '../service/without-empty.js';
import type { Reliability } from './reliability.js';
import type { Outcome, Score } from './score.js';

/** The finding for programs, with numbers that are not rounded. */
export function findingExtension(
  service: CatalogService,
  features: readonly Feature[],
  found: {
    readonly score?: Score;
    readonly outcome?: Outcome;
    readonly reliability?: Reliability | undefined;
    readonly region?: object | undefined;
  },
): object {
  const { score, outcome, reliability, region } = found;
  const isAbstained = outcome === undefined || outcome.isAbstained;
  return withoutEmpty({
    output: service.output.name,
    codes: outcome?.codes,
    isAbstained,
    ...(isAbstained || score === undefined ? {} : scoreOf(score, outcome, reliability)),
    region,
    values: features.filter((feature) => feature.kind === 'value').map(({ kind: _, ...feature }) => feature),
    unusable: features
      .filter((feature) => feature.kind === 'unusable')
      .map(({ column, why, missing }) => ({ column, why, missing })),
  });
}

function scoreOf(score: Score, outcome: Outcome, reliability: Reliability | undefined): object {
  const { label, value, unit, threshold, lower, upper, intervalLevel } = score;
  return {
    label,
    ...(unit === undefined ? { probability: value, threshold } : { value, unit }),
    lower,
    upper,
    intervalLevel,
    decision: outcome.decision,
    classes: outcome.classes,
    ...(reliability === undefined
      ? {}
      : { reliability: { ...reliability.band, low: reliability.low, high: reliability.high, level: 0.95 } }),
  };
}

/** Which model answered, from what it was computed, and what the runtime says of the answer. */
export function provenanceExtension(
  service: CatalogService,
  requestId: string,
  response?: runtimeV1.PredictResponse__Output,
): object {
  const provenance = response?.provenance;
  return withoutEmpty({
    requestId,
    modelName: service.manifest.name,
    modelVersion: service.manifest.version,
    packageSha256: service.packageSha256,
    modelCard: service.modelCardUrl,
    researchUseOnly: service.manifest.researchUseOnly,
    onnxSha256: provenance?.onnxSha256,
    inputSha256: provenance?.inputSha256,
    runtime: provenance?.runtime,
    engine: provenance?.engine,
    executionProvider: provenance?.executionProvider,
    contractVersion: provenance?.contractVersion,
    completedAt: instantOf(provenance?.completedAt),
    calibrations: provenance?.calibrations.map(({ output, method, temperature }) => ({ output, method, temperature })),
    warnings: response?.warnings.map(({ kind, field, message }) => ({
      kind: kind.replace('WARNING_KIND_', ''),
      field,
      message,
    })),
  });
}

function instantOf(time: { readonly seconds: string; readonly nanos: number } | null | undefined): string | undefined {
  return time ? new Date(Number(time.seconds) * 1000 + time.nanos / 1_000_000).toISOString() : undefined;
}
