import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type ImageInputSpec, type SignalInputSpec } from '@deephealth/sdk';
import type { FhirResource } from 'fhir/r4.js';
import type { ImageBinding, ServiceBinding, SignalBinding } from '../bindings/cds-hooks-binding.js';
import type { CdsRequest, Feature, Gathered, Recorded } from '../bindings/cds-request.js';
import { inputSources } from '../bindings/input-sources.js';
import type { Candidate } from '../mapping/candidate.js';
import { readImageFile, readSignalFile } from '../mapping/file-content.js';
import { attachmentOf, filedRecordings, isCurrent } from '../mapping/filed-recordings.js';
import { atTheEnd, recentOnes } from '../mapping/newest.js';
import type { Why } from '../mapping/read-value.js';
import { patientIn, resourcesOf } from '../mapping/resources-of.js';
import { sampledChannels, sampledRecordings } from '../mapping/sampled-recordings.js';
import { toSignal } from '../mapping/to-signal.js';
import { unusableFeature } from '../mapping/unusable-feature.js';
import { attachedFile } from './attached-file.js';
import type { ReferenceReader } from './reference-reader.js';

type Spec = SignalInputSpec | ImageInputSpec;
type Binding = SignalBinding | ImageBinding;

interface Refusal {
  readonly why: Why;
  readonly says: string;
}

interface Source {
  readonly read: ReferenceReader;
  /** Of the Patient, where it was sent. */
  readonly birthDate: string | undefined;
}

/** What the model is sent, and what of it a card shows. */
interface Content {
  readonly input: Omit<runtimeV1.NamedInput, 'name'>;
  readonly recorded?: Recorded;
  readonly mediaType?: string;
}

export interface FilledRecording {
  readonly feature: Feature;
  /** What the model is sent: FP32 [channels, samples], or the file as it is. Throws DH_CDS_DATA_MISSING if there is none. */
  readonly toInput: () => runtimeV1.NamedInput;
}

/**
 * A signal or an image of the patient: the newest that is not too old, and no other. Where that cannot be used, it
 * says why, as a feature of the name of the input; nothing older stands in for it. Messages hold no value.
 * Throws DH_CDS_PATIENT_MISMATCH for a file of somebody else.
 */
export async function readRecording(
  service: ServiceBinding,
  spec: Spec,
  gathered: ReadonlyMap<string, Gathered>,
  request: CdsRequest,
  now: Date,
  read: ReferenceReader,
): Promise<FilledRecording> {
  const binds = (spec.kind === 'signal' ? service.signal : service.image) as Binding;
  const chosen = newest(binds, resourcesOf(binds.from, gathered, request), now);
  const source = { read, birthDate: patientIn(gathered, request)?.birthDate };
  const content = 'why' in chosen ? chosen : await contentOf(binds, spec, chosen, source);
  if ('why' in chosen || 'why' in content) {
    const { why, says } = ('why' in chosen ? chosen : content) as Refusal;
    const { from, codes } = inputSources(service)[spec.name] ?? binds;
    const feature = unusableFeature(spec.name, { from, codes, missing: binds.missing }, why, says);
    return {
      feature,
      toInput: () => {
        throw new DeepHealthError('DH_CDS_DATA_MISSING', feature.message, { details: { column: spec.name, why } });
      },
    };
  }
  const { at, code, reference } = chosen;
  const { input, recorded, mediaType } = content;
  const feature: Feature = {
    kind: 'value',
    column: spec.name,
    value: recorded === undefined ? (mediaType ?? '') : recorded.channels.join(', '),
    ...(at === undefined ? {} : { at }),
    ...(code === undefined ? {} : { code: { ...code } }),
    ...(reference === undefined ? {} : { reference }),
    ...(recorded === undefined ? {} : { recording: recorded }),
    ...(mediaType === undefined ? {} : { mediaType }),
  };
  return { feature, toInput: () => ({ name: spec.name, ...input }) };
}

function newest(binds: Binding, resources: readonly FhirResource[] | undefined, now: Date): Candidate | Refusal {
  if (resources === undefined) return { why: 'absent', says: 'was neither sent nor could it be read' };
  const sampled = 'channels' in binds ? sampledRecordings(binds, resources) : [];
  const isRead = !('channels' in binds) || binds.mediaTypes !== undefined;
  const filed = isRead && binds.codes !== undefined ? filedRecordings(binds.codes, resources) : [];
  const all = withoutParts([...sampled, ...filed]);
  if (all.length === 0) return { why: 'absent', says: 'is not there' };
  const recent = recentOnes(all, binds.maximumAgeDays, now);
  if ('why' in recent) return recent;
  const [one, ...others] = atTheEnd(recent, 'latest');
  if (one === undefined || others.length > 0) {
    const says = 'is there several times, and nothing says which one is the newest';
    return { why: 'ambiguous', says };
  }
  return one.flaw === undefined ? one : { why: 'ambiguous', says: one.flaw };
}

/** An Observation with samples that also names the file they are from is one recording, as is a file that is named. */
function withoutParts(all: readonly Candidate[]): Candidate[] {
  const sampled = new Set(all.flatMap(({ content, reference }) => (content.kind === 'sampled' ? [reference] : [])));
  const named = new Set(all.flatMap(({ content }) => (content.kind === 'derived' ? content.from.map(lastTwo) : [])));
  return all.filter(({ content, reference }) => {
    if (reference === undefined || content.kind === 'sampled') return true;
    return content.kind === 'derived' ? !sampled.has(reference) : !named.has(lastTwo(reference));
  });
}

/** "Media/1" of a reference, whatever server and version it names. */
function lastTwo(reference: string): string {
  return /[A-Za-z]+\/[^/]+(?=\/_history\/|$)/.exec(reference)?.[0] ?? reference;
}

async function contentOf(
  binds: Binding,
  spec: Spec,
  { content }: Candidate,
  { read, birthDate }: Source,
): Promise<Content | Refusal> {
  if (content.kind === 'sampled') {
    const channels = sampledChannels(binds as SignalBinding, content.channels);
    if ('why' in channels) return channels;
    return signalContent(spec as SignalInputSpec, channels);
  }
  const holder = content.kind === 'file' ? content.holder : await holderOf(content.from, read);
  if ('says' in holder) return { why: 'unreadable', says: holder.says };
  const mediaTypes = binds.mediaTypes ?? (spec.kind === 'image' ? spec.mediaTypes : []);
  const found = attachmentOf(holder, mediaTypes);
  if ('says' in found) return { why: 'unreadable', says: found.says };
  const bytes = await attachedFile(found, read);
  if ('says' in bytes) return { why: 'unreadable', says: bytes.says };
  const mediaType = found.contentType;
  if (spec.kind === 'image') {
    const problem = await readImageFile(bytes, mediaType, birthDate);
    return problem === undefined
      ? { input: { image: { data: bytes, mediaType } }, mediaType }
      : { why: 'unreadable', says: problem };
  }
  const channels = await readSignalFile(spec, bytes, mediaType, birthDate);
  return 'says' in channels ? { why: 'unreadable', says: channels.says } : signalContent(spec, channels, mediaType);
}

function signalContent(
  spec: SignalInputSpec,
  channels: Parameters<typeof toSignal>[1],
  mediaType?: string,
): Content | Refusal {
  const reading = toSignal(spec, channels);
  if ('why' in reading) return reading;
  const { signal, recorded } = reading;
  return { input: { signal }, recorded, ...(mediaType === undefined ? {} : { mediaType }) };
}

/** The document that an Observation was derived from, in a state in which it counts. */
async function holderOf(
  from: readonly string[],
  read: ReferenceReader,
): Promise<FhirResource | { readonly says: string }> {
  const [reference, ...others] = from;
  if (reference === undefined || others.length > 0) return { says: 'is derived from several documents' };
  const found = await read(reference);
  if ('says' in found) return found;
  return isCurrent(found.resource) ? found.resource : { says: 'is derived from a document that is not in force' };
}
