import { decodeSampledData, FileRefusal } from '@deephealth/sdk';
import type { FhirResource } from 'fhir/r4.js';
import type { ChannelBinding, CodeReference, SignalBinding } from '../bindings/cds-hooks-binding.js';
import { type Candidate, firstCode, withoutRepeats } from './candidate.js';
import { type Evidence, evidenceFor, isInForce, matchingCode, whereAndWhen } from './evidence.js';
import { filesBehind } from './filed-recordings.js';
import { unitOf, type Why } from './read-value.js';
import type { FoundChannel } from './to-signal.js';

type Loose = Readonly<Record<string, unknown>>;

/**
 * Recordings that Observations hold as SampledData: one for each Observation with a channel of the binding, or that
 * is called what the binding asks for, and one for those that state the same instant, since a lead may have an
 * Observation of its own. One that lacks its channels is still the newest: no older one stands in for it.
 */
export function sampledRecordings(signal: SignalBinding, resources: readonly FhirResource[]): Candidate[] {
  const { channels } = signal;
  if (channels === undefined) return [];
  const found = withoutRepeats(resources).flatMap((resource) => {
    const code = codeOf(signal, channels, resource);
    if (resource.resourceType !== 'Observation' || code === 'other') return [];
    const evidence = Object.entries(channels).map(
      ([name, { codes }]) => [name, evidenceFor({ codes }, [resource])] as const,
    );
    const observation = resource as unknown as Loose;
    const hasChannels = evidence.some(([, all]) => all.length > 0);
    const isCalledSo = signal.codes !== undefined && isInForce(resource);
    const isFile = signal.mediaTypes !== undefined && filesBehind(observation).length > 0;
    if (!hasChannels && (!isCalledSo || isFile)) return [];
    const { effectiveDateTime, effectiveInstant, effectivePeriod } = observation;
    const moment = JSON.stringify([effectiveDateTime, effectiveInstant, effectivePeriod]);
    return [{ moment, one: toCandidate(observation, new Map(evidence), code) }];
  });
  return joined(found);
}

/** What the recording is called; "other" for an Observation that the binding does not ask for. */
function codeOf(
  { codes }: SignalBinding,
  channels: NonNullable<SignalBinding['channels']>,
  resource: FhirResource,
): CodeReference | undefined | 'other' {
  const concept = (resource as unknown as Loose).code;
  if (codes !== undefined) return matchingCode(codes, concept) ?? 'other';
  const ofChannel = matchingCode(
    Object.values(channels).flatMap((channel) => channel.codes),
    concept,
  );
  return ofChannel ?? firstCode(concept);
}

function toCandidate(
  observation: Loose,
  channels: ReadonlyMap<string, readonly Evidence[]>,
  code: CodeReference | undefined,
): Candidate {
  return {
    ...whereAndWhen(observation),
    ...(code === undefined ? {} : { code }),
    content: { kind: 'sampled', channels },
  };
}

/** Those that state one and the same instant are parts of one recording; of a mere day nobody knows. */
function joined(all: readonly { readonly moment: string; readonly one: Candidate }[]): Candidate[] {
  const byMoment = new Map<string, Candidate>();
  all.forEach(({ moment, one }, i) => {
    const isInstant = one.span !== undefined && one.span.fromMs === one.span.toMs;
    const key = isInstant ? moment : `${i}`;
    const former = byMoment.get(key);
    byMoment.set(key, former === undefined ? one : both(former, one));
  });
  return [...byMoment.values()];
}

function both(left: Candidate, right: Candidate): Candidate {
  if (left.content.kind !== 'sampled' || right.content.kind !== 'sampled') return left;
  const channels = new Map([...left.content.channels].map(([name, evidence]) => [name, [...evidence]]));
  for (const [name, evidence] of right.content.channels) channels.get(name)?.push(...evidence);
  // Of several resources, none is the one that it came from, and each lead has a code of its own.
  const { reference: _, code, ...shared } = left;
  const isSame = code !== undefined && code.system === right.code?.system && code.code === right.code.code;
  return { ...shared, ...(isSame ? { code } : {}), content: { kind: 'sampled', channels } };
}

/** Samples of each channel that is there, in the unit of the sender; or why they cannot be had. */
export function sampledChannels(
  signal: SignalBinding,
  found: ReadonlyMap<string, readonly Evidence[]>,
): readonly FoundChannel[] | { readonly why: Why; readonly says: string } {
  const channels: FoundChannel[] = [];
  for (const [name, evidence] of found) {
    const binds = signal.channels?.[name];
    for (const one of evidence) {
      const read = readChannel(name, binds, one);
      if ('why' in read) return read;
      channels.push(read);
    }
  }
  return channels;
}

function readChannel(
  name: string,
  binds: ChannelBinding | undefined,
  { raw, flaw }: Evidence,
): FoundChannel | { readonly why: Why; readonly says: string } {
  if (flaw !== undefined) return { why: 'ambiguous', says: flaw };
  if (raw === undefined) return { why: 'not-measured', says: `says that channel "${name}" was not measured` };
  const { origin, dimensions: count } = (typeof raw === 'object' && raw !== null ? raw : {}) as Loose;
  if (typeof origin !== 'object' || origin === null || count === undefined) {
    return { why: 'unreadable', says: `has a value of channel "${name}" that is no SampledData` };
  }
  const unit = unitOf(origin as Loose);
  if (unit === undefined) return { why: 'unit-unknown', says: `has no unit of UCUM for channel "${name}"` };
  try {
    const { samplingRateHz, dimensions } = decodeSampledData(raw);
    const { index, of } = binds?.interleaved ?? { index: 0, of: 1 };
    const samples = dimensions[index];
    if (dimensions.length !== of || samples === undefined) {
      return { why: 'ambiguous', says: `has SampledData of other dimensions than the binding says, ${of}` };
    }
    return { name, unit, samplingRateHz, samples };
  } catch (error) {
    if (!(error instanceof FileRefusal)) throw error;
    return { why: 'unreadable', says: `${error.message} (channel "${name}")` };
  }
}
