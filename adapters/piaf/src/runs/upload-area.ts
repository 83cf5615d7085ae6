import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DeepHealthError } from '@deephealth/sdk';
import type { Upload } from './run-service.js';

/** An upload as the service sees it. */
export interface StoredUpload extends Upload {
  readonly tenant: string;
  /** Absolute. */
  readonly folder: string;
  /** Digests by name, in the order in which they came. */
  readonly digests: ReadonlyMap<string, string>;
  readonly bytes: number;
}

/** The same, with where its files lie: relative to its folder, by name. */
export type LaidUpload = StoredUpload & {
  readonly paths: ReadonlyMap<string, string>;
  /** Names of the files below each folder that the names speak of, in the order in which they came. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
};

/** Folder of what was sent, below that of the upload, and of its run until that is staged. */
export const UPLOADED = 'inputs';

const MOST_FILES = 100_000;
const LONGEST_NAME = 1024;
const LONGEST_PART = 200;
const DEEPEST = 16;

/**
 * Files of one request, below a folder of their own. Names are those of the caller in memory alone: on the disk they
 * are numbers, so that no name can lead anywhere.
 *
 * @throws DH_OUTPUT_NOT_WRITTEN
 */
export async function createUpload(parent: string, tenant: string, maxBytes: number): Promise<LaidUpload> {
  const folder = join(parent, `upload-${randomBytes(16).toString('hex')}`);
  await mkdir(join(folder, UPLOADED), { recursive: true, mode: 0o700 }).catch(notTaken);
  const digests = new Map<string, string>();
  const paths = new Map<string, string>();
  const folders = new Map<string, string[]>();
  let bytes = 0;
  let count = 0;
  return {
    ...{ tenant, folder, digests, paths, folders },
    get bytes() {
      return bytes;
    },
    get names() {
      return [...digests.keys()];
    },
    async add(name, content) {
      const refused = nameRefusal(name);
      if (refused !== undefined) throw invalidName(refused);
      if (paths.has(name)) throw invalidName('is there twice');
      if (count >= MOST_FILES) throw invalidName(`is one of more than ${MOST_FILES}`);
      const path = `${UPLOADED}/${String(count++).padStart(6, '0')}`;
      paths.set(name, path);
      const hash = createHash('sha256');
      const counted = new Transform({
        transform(part: Buffer, _, done) {
          bytes += part.length;
          hash.update(part);
          done(bytes > maxBytes ? tooLarge(maxBytes) : null, part);
        },
      });
      const source = Buffer.isBuffer(content) ? Readable.from([content]) : content;
      try {
        await pipeline(source, counted, createWriteStream(join(folder, path), { mode: 0o600 }));
      } catch (cause) {
        // Half a file is none: nothing runs over it.
        paths.delete(name);
        await rm(join(folder, path), { force: true }).catch(() => undefined);
        if (cause instanceof DeepHealthError) throw cause;
        notTaken(cause);
      }
      digests.set(name, hash.digest('hex'));
      for (let end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) {
        const files = folders.get(name.slice(0, end));
        if (files === undefined) folders.set(name.slice(0, end), [name]);
        else files.push(name);
      }
    },
    async discard() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Why a name of an attachment is not taken; undefined for one that is. */
export function nameRefusal(name: string): string | undefined {
  if (name === '' || name.length > LONGEST_NAME) return `must have 1 to ${LONGEST_NAME} characters`;
  if (/[\u0000-\u001f\u007f\\:]/.test(name)) return 'must have no control characters, colons or backslashes';
  const parts = name.split('/');
  if (parts.length > DEEPEST) return `must have no more than ${DEEPEST} folders`;
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return 'must be relative and stay in the folder of the run';
  }
  if (parts.some((part) => part.length > LONGEST_PART))
    return `must have parts of no more than ${LONGEST_PART} characters`;
  return undefined;
}

function invalidName(what: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `The name of an attachment ${what}.`, {
    details: { field: 'workflow_attachment' },
  });
}

function tooLarge(maxBytes: number): DeepHealthError {
  return new DeepHealthError('DH_MESSAGE_TOO_LARGE', `All attachments of a run together may have ${maxBytes} bytes.`);
}

function notTaken(cause: unknown): never {
  throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'An attachment cannot be taken. Check space and rights.', {
    cause,
  });
}
