import { type AttachmentIndex, foldersOf, indexAttachments } from '../http/attachment-name.js';
import { type ChainRoot, inputLocation } from '../http/input-location.js';
import type { InputReference } from '../runs/run-service.js';
import { invalid } from './read-run-form.js';

export interface JobOrderContext {
  readonly roots: readonly ChainRoot[];
  readonly attachments: readonly string[];
}

export interface JobOrder {
  readonly inputs: readonly InputReference[];
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What may be kept and given back: studies by their place. */
  readonly kept: Readonly<Record<string, unknown>>;
}

const MOST_STUDIES = 100_000;
const MEMBERS = ['class', 'location', 'path', 'checksum'];
const CHECKSUM = /^(?:sha1\$[0-9a-f]{40}|sha256\$[0-9a-f]{64})$/;
/** Inputs of the exported workflow that are the service's own here. */
const OF_THE_SERVICE = ['package', 'uid_key'];

/**
 * A CWL job order: `studies`, and the parameters of the chain by their names, which the service checks.
 *
 * @throws DH_CHAIN_REQUEST_INVALID naming the field
 */
export function parseJobOrder(order: Readonly<Record<string, unknown>>, context: JobOrderContext): JobOrder {
  const { studies, ...rest } = order;
  const others: Record<string, unknown> = rest;
  if (!Array.isArray(studies) || studies.length === 0) {
    throw invalid('workflow_params.studies', 'must be a list with one File or Directory at least');
  }
  if (studies.length > MOST_STUDIES) throw invalid('workflow_params.studies', `must be ${MOST_STUDIES} at most`);
  for (const name of OF_THE_SERVICE) {
    if (others[name] !== undefined && others[name] !== null) {
      throw invalid(`workflow_params.${name}`, 'is the own of the service, and no input of a run');
    }
    delete others[name];
  }
  const attachments = indexAttachments(context.attachments);
  const inputs = studies.map((study, index) => studyOf(study, index, { ...context, attachments }));
  const named = new Set(inputs.flatMap((input) => (input.kind === 'attachment' ? [input.path] : [])));
  const unnamed = context.attachments.findIndex(
    (name) => !named.has(name) && !foldersOf(name).some((folder) => named.has(folder)),
  );
  if (unnamed >= 0) {
    // A study that was sent and not named would be missing from the results, and nobody told.
    throw invalid('workflow_attachment', `${unnamed + 1} is no part of a study of "workflow_params"`);
  }
  const kept = studies.map((study: { readonly class: string; readonly checksum?: string }, index) => ({
    class: study.class,
    location: `study-${String(index + 1).padStart(6, '0')}`,
    ...(study.checksum === undefined ? {} : { checksum: study.checksum }),
  }));
  return { inputs, parameters: others, kept: { studies: kept, ...others } };
}

interface StudyContext {
  readonly roots: readonly ChainRoot[];
  readonly attachments: AttachmentIndex;
}

function studyOf(study: unknown, index: number, context: StudyContext): InputReference {
  const field = `workflow_params.studies[${index}]`;
  if (typeof study !== 'object' || study === null || Array.isArray(study)) throw invalid(field, 'must be an object');
  if (Object.keys(study).some((member) => !MEMBERS.includes(member))) {
    throw invalid(field, `has a member that is none of ${MEMBERS.join(', ')}`);
  }
  const members = study as Readonly<Record<string, unknown>>;
  if (members.class !== 'File' && members.class !== 'Directory') {
    throw invalid(`${field}.class`, 'must be "File" or "Directory"');
  }
  const isFolder = members.class === 'Directory';
  if ((members.location === undefined) === (members.path === undefined)) {
    throw invalid(field, 'must have either "location" or "path"');
  }
  const isPath = members.location === undefined;
  const input = inputLocation(isPath ? members.path : members.location, {
    ...{ field: `${field}.${isPath ? 'path' : 'location'}`, isPath, ...context },
  });
  if (input.kind === 'attachment' && context.attachments.files.has(input.path) === isFolder) {
    throw invalid(`${field}.class`, isFolder ? 'is Directory, and it is a file' : 'is File, and it is a folder');
  }
  const { checksum } = members;
  if (checksum === undefined) return input;
  if (isFolder) throw invalid(`${field}.checksum`, 'is only for a File');
  if (typeof checksum !== 'string' || !CHECKSUM.test(checksum)) {
    throw invalid(`${field}.checksum`, 'must be sha1$ or sha256$ and lower-case hexadecimal digits');
  }
  return { ...input, checksum };
}
