import { isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeepHealthError } from '@deephealth/sdk';
import type { InputReference } from '../runs/run-service.js';
import { type AttachmentIndex, isAttachmentName } from './attachment-name.js';

/** A folder that the operator opens for inputs. */
export interface ChainRoot {
  /** As in `root:<name>/<path>`. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** Default all. */
  readonly tenants?: readonly string[];
}

export interface LocationOptions {
  /** What the request calls it. */
  readonly field: string;
  /** Of the tenant. */
  readonly roots: readonly ChainRoot[];
  /** What was sent along; absent where nothing can be. */
  readonly attachments?: AttachmentIndex;
  /** A path is taken as it stands, a location is a URI. */
  readonly isPath?: boolean;
}

const LONGEST_LOCATION = 4096;
/** Of a file below a root: any name that a file can have, but no way up, and nothing that is no name. */
const NO_SEGMENT = /[\u0000-\u001f\u007f\\]/;

/**
 * Where an input is: the name of an attachment, `root:<name>/<path>`, or `file:` below a root. Whether there is such
 * a file, and whether a link leads out of the root, is found when it is read.
 *
 * @throws DH_CHAIN_REQUEST_INVALID, which never repeats the location: it may name a patient
 */
export function inputLocation(location: unknown, options: LocationOptions): InputReference {
  const { field, roots, attachments, isPath = false } = options;
  if (typeof location !== 'string' || location === '' || location.length > LONGEST_LOCATION) {
    throw refused(field, 'must be a text that says where the input is');
  }
  if (/^root:/i.test(location)) return belowNamedRoot(location, roots, field);
  if (/^file:/i.test(location)) return belowRoot(location, roots, field);
  if (attachments === undefined || (!isPath && /^[a-z][a-z0-9+.-]*:/i.test(location))) {
    throw refused(
      field,
      `must be ${attachments === undefined ? '' : 'an attachment, '}root:<name>/<path> or a file below a root`,
    );
  }
  const name = (isPath ? location : decoded(location, field)).replace(/\/$/, '');
  if (!isAttachmentName(name)) throw refused(field, 'must be the relative name of an attachment');
  if (!attachments.files.has(name) && !attachments.folders.has(name)) {
    throw refused(field, 'names no attachment of this request');
  }
  return { kind: 'attachment', path: name };
}

function belowNamedRoot(location: string, roots: readonly ChainRoot[], field: string): InputReference {
  const [, name, path] = /^root:([^/]+)\/(.+?)\/?$/isu.exec(location) ?? [];
  const root = roots.find((one) => one.name === name);
  if (root === undefined || path === undefined || !isPathBelow(path)) throw notBelow(field);
  return { kind: 'root', root: root.name, path };
}

function belowRoot(location: string, roots: readonly ChainRoot[], field: string): InputReference {
  // What the parser of URLs would quietly tidy is refused: nobody writes it by accident.
  if (/\\|%2f|%5c|%00|(?:\/|^file:)(?:\.|%2e){1,2}(?:\/|$)|[?#]|^file:\/{4}|[^:/]\/\//i.test(location))
    throw notBelow(field);
  let path: string;
  try {
    const url = new URL(location);
    if (url.host !== '' && url.host !== 'localhost') throw notBelow(field);
    url.host = '';
    path = resolve(fileURLToPath(url));
  } catch {
    throw notBelow(field);
  }
  for (const root of roots) {
    const way = relative(resolve(root.folder), path).split(sep).join('/');
    if (way !== '' && !isAbsolute(way) && isPathBelow(way)) return { kind: 'root', root: root.name, path: way };
  }
  throw notBelow(field);
}

function isPathBelow(path: string): boolean {
  return path.split('/').every((one) => one !== '' && one !== '.' && one !== '..' && !NO_SEGMENT.test(one));
}

function decoded(text: string, field: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused(field, 'must be a URI');
  }
}

const notBelow = (field: string) => refused(field, 'must be below a folder that is open to this caller');

function refused(field: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `"${field}" ${sentence}.`, { details: { field } });
}
