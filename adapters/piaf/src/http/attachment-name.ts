import { DeepHealthError } from '@deephealth/sdk';

const LONGEST_NAME_BYTES = 1024;
const LONGEST_SEGMENT_BYTES = 255;
const DEEPEST = 16;

/** What some file system forbids or reads as something else: controls, other separators, streams, wildcards, escapes. */
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\\:*?"<>|%\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/u;

/**
 * Whether a name of a file that was sent along is relative and stays in its folder on every platform: segments
 * separated by `/`, none of them empty, `.` or `..`, none that ends with a dot or a space, and no character that a
 * file system reads as anything but itself.
 */
export function isAttachmentName(name: string): boolean {
  if (name === '' || Buffer.byteLength(name) > LONGEST_NAME_BYTES || FORBIDDEN.test(name)) return false;
  const segments = name.split('/');
  return (
    segments.length <= DEEPEST &&
    segments.every(
      (segment) =>
        segment !== '' && Buffer.byteLength(segment) <= LONGEST_SEGMENT_BYTES && !/^\s|[.\s]$/u.test(segment),
    )
  );
}

/**
 * Names of one request, each of them once. Names that some file system holds to be the same are the same, and a file
 * is no folder of another one.
 */
export class AttachmentNames {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** @throws DH_CHAIN_REQUEST_INVALID, which never repeats the name: it may be that of a patient */
  add(name: string): void {
    const place = this.#files.size + 1;
    if (!isAttachmentName(name)) throw refused(place, 'must be a relative name that stays in its folder');
    const file = name.normalize('NFC').toLowerCase();
    const folders = foldersOf(file);
    if (this.#files.has(file)) throw refused(place, 'has the name of another one');
    if (this.#folders.has(file) || folders.some((folder) => this.#files.has(folder))) {
      throw refused(place, 'has the name of a folder of another one, or the other way round');
    }
    this.#files.add(file);
    for (const folder of folders) this.#folders.add(folder);
  }
}

/** Files that came along, and their folders, to look names up in. */
export interface AttachmentIndex {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

export function indexAttachments(names: readonly string[]): AttachmentIndex {
  return { files: new Set(names), folders: new Set(names.flatMap(foldersOf)) };
}

/** `a/b/c` is in `a/b` and in `a`. */
export function foldersOf(name: string): readonly string[] {
  const segments = name.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}

function refused(place: number, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `The name of attachment ${place} ${sentence}.`, {
    details: { field: 'workflow_attachment', attachment: String(place) },
  });
}
