import { createHash, randomUUID } from 'node:crypto';
import { DeepHealthError, type ErrorCode, type PlatformOutput, type RuntimeClient } from '@deephealth/sdk';
import type { AuditTrail } from '../audit/audit-trail.js';
import { CallAudit } from '../audit/call-audit.js';
import type { CdsRequest, Feature, Gathered } from '../bindings/cds-request.js';
import { inputSources } from '../bindings/input-sources.js';
import type { Card } from '../cards/card.js';
import { type CardContext, heldRule, makeCards, makeUnusableCard } from '../cards/make-cards.js';
import { type Need, UnmetNeeds } from '../errors.js';
import type { InferenceRecord, InferenceRecords } from '../feedback/inference-records.js';
import { gather } from '../fhir/gather.js';
import { assertSamePatient } from '../mapping/same-patient.js';
import type { RegionLinks } from '../region/region-links.js';
import { type Answered, dueFor } from '../write-back/due-result.js';
import type { WriteBack } from '../write-back/write-back.js';
import { askModel } from './ask-model.js';
import type { Deadline } from './deadline.js';
import { fillInput } from './fill-input.js';
import { type FoundRegion, findRegion } from './find-region.js';
import type { CatalogService } from './service-catalog.js';

export interface CallOptions {
  readonly runtime: RuntimeClient;
  readonly records: InferenceRecords;
  readonly isFhirServerAllowed: (fhirServer: string) => boolean;
  readonly maxBytes: number;
  readonly now: () => Date;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** What links of cards lead to. */
  readonly regions: RegionLinks;
  /** Absent where results are not written anywhere. */
  readonly writeBack?: WriteBack | undefined;
  /** Absent where access is not audited. */
  readonly audit?: AuditTrail | undefined;
}

export interface ServiceCall {
  readonly service: CatalogService;
  readonly request: CdsRequest;
  /** Issuer of the client. */
  readonly client: string;
  readonly requestId: string;
  readonly languages: readonly string[];
}

/** What a call is answered with. */
export interface ServiceAnswer {
  /** None for a service in shadow. */
  readonly cards: readonly Card[];
  /** Answers of the runtime that they rest on. */
  readonly runs: PlatformOutput['runs'];
  /** Of a card that was to show the region behind its score. */
  readonly region?: RegionOutcome | undefined;
}

export interface RegionOutcome {
  /** `doubtful`: shown, though its own test does not bear it out. */
  readonly state: 'shown' | 'doubtful' | 'late' | 'failed';
  /** Why it is not shown. */
  readonly code?: ErrorCode | undefined;
}

/** Of what is left before the deadline, the share that reading a FHIR server may take: a model has to run after it. */
const READING_SHARE = 0.6;

/**
 * Answers one call with cards. Throws UnmetNeeds for what is missing, DH_CDS_PATIENT_MISMATCH, and what the
 * runtime throws; a card is returned only once its record is on the disk.
 */
export async function callService(call: ServiceCall, deadline: Deadline, options: CallOptions): Promise<ServiceAnswer> {
  const startedMs = performance.now();
  const audit = new CallAudit(call, options);
  const write = (found: Pick<InferenceRecord, 'outcome' | 'cards'> & Partial<InferenceRecord>) =>
    options.records.record({
      ...recordOf(call, options.now()),
      tookMs: Math.round(performance.now() - startedMs),
      ...found,
    });
  try {
    const { cards, runs, answered, region, keep, ...found } = await decide(call, deadline, options, audit);
    const listed = cards.map(({ uuid, indicator, suggestions = [] }) => ({
      uuid,
      indicator,
      suggestions: suggestions.map((one) => one.uuid),
    }));
    const isShadow = call.service.binding.isShadow === true;
    const due = isShadow || found.outcome !== 'card' ? undefined : dueFor(call, answered, options);
    audit.ended();
    await Promise.all([
      audit.store(options.audit),
      write({
        ...found,
        cards: listed,
        ...(isShadow ? { isShadow } : {}),
        ...(region === undefined ? {} : { region: region.state }),
      }),
      due === undefined ? undefined : options.writeBack?.submit(due),
    ]);
    // A link that does not leave leads nowhere: of a call that is too late, or that nobody waits for, no picture is kept.
    if (keep !== undefined && !deadline.isOver() && !deadline.signal.aborted)
      options.regions.keep(keep.offer, keep.region);
    return { cards: isShadow ? [] : cards, runs, region };
  } catch (thrown) {
    const { code } = DeepHealthError.from(thrown);
    // Nobody waits for it, and a refusal is told whether or not it could be written.
    if (code !== 'DH_CDS_OVERLOADED' && !deadline.isOver())
      write({ outcome: 'refused', code, cards: [] }).catch(() => undefined);
    audit.ended(code);
    audit.store(options.audit).catch(() => undefined);
    throw thrown;
  }
}

type Decision = Pick<InferenceRecord, 'outcome' | 'onnxSha256' | 'inputSha256' | 'outputSha256'> &
  ServiceAnswer & {
    /** Absent if the model was not asked. */
    readonly answered?: Answered;
    readonly keep?: FoundRegion['keep'];
  };

async function decide(
  call: ServiceCall,
  deadline: Deadline,
  options: CallOptions,
  audit: CallAudit,
): Promise<Decision> {
  const { service, request, requestId, languages } = call;
  const reading = {
    signal: AbortSignal.any([deadline.signal, AbortSignal.timeout(Math.floor(deadline.remainingMs() * READING_SHARE))]),
    isAllowed: options.isFhirServerAllowed,
    maxBytes: options.maxBytes,
    onRead: audit.queried,
  };
  const gathered = await gather(service.binding, request, reading);
  assertSamePatient(gathered, request);
  const { features, toInput } = await fillInput(service, gathered, request, options.now(), reading);
  const needs = needsOf(service, gathered, features);
  if (needs.length > 0) throw new UnmetNeeds(needs);
  const context: CardContext = { service, request, features, requestId, languages, newUuid: randomUUID };
  if (features.some(isInTheWay)) return { outcome: 'unusable', cards: [makeUnusableCard(context)], runs: [] };
  const input = toInput();
  const response = await askModel({ service, requestId, input }, deadline, options.runtime);
  const wanted = service.binding.isShadow === true ? undefined : heldRule(service, response)?.rule.region;
  const region = wanted && (await findRegion({ ...call, binding: wanted, input, response }, deadline, options));
  const warnings = [...response.warnings, ...(region?.warnings ?? [])];
  const cards = makeCards({ ...context, region: region?.card }, { ...response, warnings });
  const finding = response.findings.find(({ name }) => name === service.output.name);
  const isAbstained = finding?.classification?.abstained === true;
  const outputSha256 = createHash('sha256').update(JSON.stringify(finding)).digest('hex');
  return {
    outcome: isAbstained ? 'abstained' : cards.length > 0 ? 'card' : 'no-card',
    cards,
    runs: [{ requestId, provenance: response.provenance }, ...(region?.runs ?? [])],
    region: region && outcomeOfRegion(region),
    keep: region?.keep,
    onnxSha256: response.provenance?.onnxSha256 ?? '',
    inputSha256: response.provenance?.inputSha256 ?? '',
    outputSha256,
    answered: { features, response, outputSha256 },
  };
}

function outcomeOfRegion({ card, code }: FoundRegion): RegionOutcome {
  if (card.kind !== 'shown') return { state: card.kind, code };
  return { state: card.deletion.isBetterThanRandom ? 'shown' : 'doubtful' };
}

/** Everything that the service cannot do without, all at once. */
function needsOf(
  { binding, input }: CatalogService,
  gathered: ReadonlyMap<string, Gathered>,
  features: readonly Feature[],
): Need[] {
  const missingKeys = new Map<string, string>();
  for (const [key, found] of gathered) {
    if (found.kind === 'missing' && binding.prefetch[key]?.isRequired !== false) missingKeys.set(key, found.reason);
  }
  const bound = inputSources(binding);
  const columnsOf = (key: string) => Object.entries(bound).filter(([, { from }]) => from === key);
  const ofKeys = [...missingKeys].flatMap(([key, why]): Need[] => {
    const columns = columnsOf(key);
    if (columns.length === 0) return [{ key, sentence: `Prefetch key "${key}" is needed: ${why}.` }];
    return columns.map(([column, { codes }]) => {
      const known = codesOf(codes, column, input);
      return {
        key,
        column,
        sentence: `"${column}"${listed(known)} needs prefetch key "${key}": ${why}.`,
        codes: known,
      };
    });
  });
  const ofColumns = features.flatMap((feature): Need[] => {
    const binds = bound[feature.column];
    if (feature.kind === 'value' || feature.missing !== 'refuse' || binds === undefined) return [];
    if (missingKeys.has(binds.from)) return [];
    const { column, message } = feature;
    return [{ key: binds.from, column, sentence: message, codes: codesOf(binds.codes, column, input) }];
  });
  return [...ofKeys, ...ofColumns];
}

type Codes = NonNullable<Need['codes']>;

/** Those of the binding, else those by which the manifest names the column. */
function codesOf(codes: Codes | undefined, column: string, input: CatalogService['input']): Codes {
  const columns = input.kind === 'table' ? input.columns : [];
  return codes ?? columns.find(({ name }) => name === column)?.codes ?? [];
}

function listed(codes: Codes): string {
  return codes.length === 0 ? '' : ` (${codes.map(({ system, code }) => `${system}|${code}`).join(' or ')})`;
}

/**
 * A model may be told that a value is not known, and replace it. It is not told so of a value that is there and
 * cannot be used: that would be a number made from a record that says something else.
 */
function isInTheWay(feature: Feature): boolean {
  return feature.kind === 'unusable' && (feature.missing !== 'unknown' || feature.why !== 'absent');
}

function recordOf(
  { service, request, client, requestId }: ServiceCall,
  now: Date,
): Omit<InferenceRecord, 'outcome' | 'cards' | 'tookMs'> {
  const { hook, hookInstance } = request;
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(hookInstance);
  return {
    kind: 'inference',
    requestId,
    at: now.toISOString(),
    service: service.binding.id,
    hook,
    hookInstance: isUuid ? hookInstance : createHash('sha256').update(hookInstance).digest('hex'),
    client,
    model: service.manifest.name,
    version: service.manifest.version,
    packageSha256: service.packageSha256,
  };
}
