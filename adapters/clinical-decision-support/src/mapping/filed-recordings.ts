import type { FhirResource } from 'fhir/r4.js';
import type { CodeReference } from '../bindings/cds-hooks-binding.js';
import { type Candidate, withoutRepeats } from './candidate.js';
import { isInForce, isOtherwiseMeant, matchingCode, whereAndWhen } from './evidence.js';

type Loose = Readonly<Record<string, unknown>>;

/** What an attachment of FHIR says of a file. */
export interface Attachment {
  readonly contentType: string;
  readonly attachment: Loose;
}

/** States of a document in which what it holds counts; one that says none of its content is not unfinished. */
const DOCUMENT_STATES = new Set([undefined, 'final', 'amended', 'appended']);

/**
 * Files of these codes: DocumentReferences by their type, Media by their type or modality, and Observations that are
 * derived from one of the two; studies too, whose files cannot be had. Whether a file is of a form that can be read does not matter here: a newer one that
 * cannot be is not passed over for an older one that can.
 */
export function filedRecordings(codes: readonly CodeReference[], resources: readonly FhirResource[]): Candidate[] {
  return withoutRepeats(resources).flatMap((resource) => {
    const loose = resource as unknown as Loose;
    switch (resource.resourceType as string) {
      case 'DocumentReference':
        return isCurrent(resource) ? fileOf(codes, resource, [loose.type], documentTime(loose)) : [];
      case 'Media': {
        const time = loose.createdDateTime ?? endOf(loose.createdPeriod);
        return isCurrent(resource) ? fileOf(codes, resource, [loose.type, loose.modality], time) : [];
      }
      case 'ImagingStudy': {
        const found = isInForce(resource) ? fileOf(codes, resource, procedures(loose), loose.started) : [];
        return found.map((one) => ({ ...one, flaw: 'is a study, whose instances are no files of the FHIR server' }));
      }
      case 'Observation':
        return isInForce(resource) ? derivedOf(codes, loose) : [];
      default:
        return [];
    }
  });
}

/** Whether a DocumentReference or a Media is finished, and not superseded or withdrawn. */
export function isCurrent(holder: FhirResource): boolean {
  const { status, docStatus } = holder as unknown as Loose;
  return holder.resourceType === 'Media'
    ? status === 'completed'
    : status === 'current' && DOCUMENT_STATES.has(docStatus as string | undefined);
}

function fileOf(
  codes: readonly CodeReference[],
  holder: FhirResource,
  concepts: readonly unknown[],
  time: unknown,
): Candidate[] {
  const code = concepts.map((concept) => matchingCode(codes, concept)).find((found) => found !== undefined);
  if (code === undefined) return [];
  const loose = holder as unknown as Loose;
  return [{ ...whereAndWhen(loose, time ?? null), code, ...flawOf(loose), content: { kind: 'file', holder } }];
}

/** References to the documents and media that an Observation is derived from, as they are written. */
export function filesBehind({ derivedFrom }: Loose): string[] {
  const references = Array.isArray(derivedFrom) ? (derivedFrom as (Loose | null)[]) : [];
  const files = references
    .map((one) => one?.reference)
    .filter((one): one is string => typeof one === 'string' && /(^|\/)(DocumentReference|Media)\//.test(one));
  return [...new Set(files)];
}

function derivedOf(codes: readonly CodeReference[], observation: Loose): Candidate[] {
  const code = matchingCode(codes, observation.code);
  const from = filesBehind(observation);
  if (code === undefined || from.length === 0) return [];
  const absent = observation.dataAbsentReason === undefined ? {} : { flaw: 'says that nothing was recorded' };
  return [
    {
      ...whereAndWhen(observation),
      code,
      ...absent,
      ...flawOf(observation),
      content: { kind: 'derived', from },
    },
  ];
}

function flawOf(resource: Loose): { readonly flaw?: string } {
  return isOtherwiseMeant(resource) ? { flaw: 'has an extension that changes its meaning' } : {};
}

function procedures({ procedureCode }: Loose): unknown[] {
  return Array.isArray(procedureCode) ? procedureCode : [];
}

/** When it was recorded, never when the document was filed; `period` is that of R5. */
function documentTime({ context, period }: Loose): unknown {
  const r4 = typeof context === 'object' && context !== null ? (context as Loose).period : undefined;
  return endOf(r4) ?? endOf(period);
}

function endOf(period: unknown): unknown {
  if (typeof period !== 'object' || period === null) return undefined;
  const { start, end } = period as Loose;
  return end ?? start;
}

/** The one attachment to be read, by the order of the media types; or why none can be, as the end of a sentence. */
export function attachmentOf(
  holder: FhirResource,
  mediaTypes: readonly string[],
): Attachment | { readonly says: string } {
  const { content, frames } = holder as unknown as Loose;
  if (isOtherwiseMeant(holder as unknown as Loose)) return { says: 'has an extension that changes its meaning' };
  if (hasSeveral(frames)) return { says: SEVERAL_FRAMES };
  const attachments = Array.isArray(content)
    ? content.map((one) => (one as Loose | null)?.attachment as Loose | undefined)
    : [content as Loose | undefined];
  for (const contentType of mediaTypes) {
    const [attachment, ...others] = attachments.filter((one) => mediaTypeOf(one?.contentType) === contentType);
    if (others.length > 0) return { says: `has several files of ${contentType}, and none is said to be the one` };
    if (attachment === undefined) continue;
    return hasSeveral(attachment.frames) ? { says: SEVERAL_FRAMES } : { contentType, attachment };
  }
  return { says: `is in no form that is read: ${mediaTypes.join(', ')}` };
}

const SEVERAL_FRAMES = 'has several frames, and none is said to be the one';

function hasSeveral(frames: unknown): boolean {
  return typeof frames === 'number' && frames > 1;
}

/** Media type in lower case, without parameters. */
export function mediaTypeOf(text: unknown): string | undefined {
  return typeof text === 'string' ? text.split(';')[0]?.trim().toLowerCase() : undefined;
}
