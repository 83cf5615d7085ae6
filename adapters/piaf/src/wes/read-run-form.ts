import type { IncomingHttpHeaders } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { DeepHealthError } from '@deephealth/sdk';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { AttachmentNames } from '../http/attachment-name.js';
import type { FaceLimits } from '../http/face-context.js';
import type { Upload } from '../runs/run-service.js';

/** The members of a run request that are texts. */
export const RUN_FIELDS = [
  'workflow_params',
  'workflow_type',
  'workflow_type_version',
  'workflow_url',
  'workflow_engine',
  'workflow_engine_version',
  'workflow_engine_parameters',
  'tags',
] as const;
export type RunField = (typeof RUN_FIELDS)[number];

export interface RunForm {
  readonly fields: ReadonlyMap<RunField, string>;
  /** Where there was an attachment. */
  readonly upload?: Upload;
}

const ATTACHMENT = 'workflow_attachment';
/** Files that may wait for the one before them to be written. */
const MOST_WAITING = 16;
const LARGEST_HEADER = 8192;

/**
 * Reads the parts of a run request as they come: files go to the upload and are never held as a whole. When it
 * throws, the upload is gone, and the rest of the body is not read.
 *
 * @throws DH_REQUEST_MALFORMED, DH_CHAIN_REQUEST_INVALID naming the field, DH_MESSAGE_TOO_LARGE; what the upload throws
 */
export function readRunForm(
  body: Readable,
  headers: IncomingHttpHeaders,
  createUpload: () => Promise<Upload>,
  limits: FaceLimits,
): Promise<RunForm> {
  return new RunFormReader(createUpload, limits).read(body, headers);
}

class RunFormReader {
  readonly #fields = new Map<RunField, string>();
  readonly #names = new AttachmentNames();
  readonly #open = new Set<BusboyFileStream>();
  #upload: Upload | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #attachments = 0;
  #hasFailed = false;
  #whenFewWait: (() => void) | undefined;
  #fail: (thrown: unknown) => void = () => undefined;

  constructor(
    private readonly createUpload: () => Promise<Upload>,
    private readonly limits: FaceLimits,
  ) {}

  async read(body: Readable, headers: IncomingHttpHeaders): Promise<RunForm> {
    try {
      await this.#readAll(body, headers);
      await this.#queue;
    } catch (thrown) {
      for (const stream of this.#open) stream.destroy();
      await this.#queue.catch(() => undefined);
      await this.#upload?.discard();
      throw thrown;
    }
    return { fields: this.#fields, ...(this.#upload === undefined ? {} : { upload: this.#upload }) };
  }

  #readAll(body: Readable, headers: IncomingHttpHeaders): Promise<void> {
    return new Promise((resolve, reject) => {
      const parser = this.#parser(headers);
      const gate = this.#gate();
      this.#fail = (thrown) => {
        this.#hasFailed = true;
        body.unpipe(gate);
        reject(thrown);
      };
      const malformed = (cause?: unknown) =>
        this.#fail(new DeepHealthError('DH_REQUEST_MALFORMED', 'The body is no multipart/form-data.', { cause }));
      parser.on('field', (name, value, _, isCut) => this.#take(name, value, isCut));
      parser.on('file', (name, stream, fileName) => this.#takeFile(name, stream, fileName));
      for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
        parser.on(event, () => this.#fail(tooLarge('The body has more parts than this server accepts.')));
      }
      parser.once('finish', resolve);
      parser.once('error', malformed);
      gate.once('error', (thrown) => this.#fail(thrown));
      body.once('error', malformed);
      body.once('close', () => {
        if (!body.readableEnded) malformed();
      });
      body.pipe(gate).pipe(parser);
    });
  }

  #parser(headers: IncomingHttpHeaders): BusboyInstance {
    try {
      return new Busboy({
        headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
        preservePath: true,
        limits: {
          ...{ fieldNameSize: 100, fieldSize: this.limits.maxDocumentBytes, fields: RUN_FIELDS.length * 2 },
          ...{ files: this.limits.maxFiles, parts: this.limits.maxFiles + RUN_FIELDS.length },
          ...{ headerPairs: 16, headerSize: LARGEST_HEADER },
        },
      });
    } catch (cause) {
      throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The body is multipart/form-data without a boundary.', {
        cause,
      });
    }
  }

  /** Counts, and lets the parser run ahead of the upload by a few files only. */
  #gate(): Transform {
    let size = 0;
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        size += chunk.length;
        if (size > this.limits.maxUploadBytes) {
          done(tooLarge('The body is larger than this server accepts.'));
        } else if (this.#waiting > MOST_WAITING) {
          // Not until all are written: the last of them may need this very chunk to end.
          this.#whenFewWait = () => done(null, chunk);
        } else done(null, chunk);
      },
    });
  }

  /** Lets the parser go on where it was kept. */
  #goOn(): void {
    const goOn = this.#whenFewWait;
    this.#whenFewWait = undefined;
    goOn?.();
  }

  #take(name: string, value: string, isCut: boolean): void {
    const field = RUN_FIELDS.find((one) => one === name);
    if (field === undefined) this.#fail(unknownPart(ATTACHMENT));
    else if (this.#fields.has(field)) this.#fail(invalid(field, 'is given twice'));
    else if (isCut) this.#fail(tooLarge(`"${field}" is larger than this server accepts.`, field));
    else this.#fields.set(field, value);
  }

  #takeFile(name: string, stream: BusboyFileStream, fileName: string | undefined): void {
    this.#open.add(stream);
    stream.once('close', () => this.#open.delete(stream));
    stream.on('error', () => undefined);
    if (this.#hasFailed) return;
    const field = RUN_FIELDS.find((one) => one === name);
    try {
      if (field === undefined) this.#checkAttachment(name, fileName);
    } catch (thrown) {
      this.#fail(thrown);
      return;
    }
    this.#waiting += 1;
    this.#queue = this.#queue.then(async () => {
      // Libraries for HTTP give a text a file name, too.
      if (field !== undefined) this.#take(field, await this.#textOf(stream, field), false);
      else {
        this.#upload ??= await this.createUpload();
        await this.#upload.add(fileName as string, stream);
      }
      this.#waiting -= 1;
      if (this.#waiting <= MOST_WAITING) this.#goOn();
    });
    this.#queue.catch((thrown) => this.#fail(thrown));
  }

  #checkAttachment(name: string, fileName: string | undefined): void {
    if (name !== ATTACHMENT) throw unknownPart(ATTACHMENT);
    this.#attachments += 1;
    if (fileName === undefined || fileName === '') {
      throw invalid(ATTACHMENT, `must have a file name in each part, and number ${this.#attachments} has none`);
    }
    this.#names.add(fileName);
  }

  async #textOf(stream: BusboyFileStream, field: RunField): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > this.limits.maxDocumentBytes) throw tooLarge(`"${field}" is larger than this server accepts.`, field);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

/** The fields of a run request without attachments, as a plain form. @throws DH_CHAIN_REQUEST_INVALID */
export function parsePlainForm(body: Buffer): RunForm {
  const fields = new Map<RunField, string>();
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    const field = RUN_FIELDS.find((one) => one === name);
    if (field === undefined) throw unknownPart('a form without parts');
    if (fields.has(field)) throw invalid(field, 'is given twice');
    fields.set(field, value);
  }
  return { fields };
}

const unknownPart = (last: string) =>
  new DeepHealthError(
    'DH_CHAIN_REQUEST_INVALID',
    `The request has a part that is none of ${RUN_FIELDS.join(', ')} and ${last}.`,
    { details: { field: 'body' } },
  );

function tooLarge(message: string, field = 'body'): DeepHealthError {
  return new DeepHealthError('DH_MESSAGE_TOO_LARGE', message, { details: { field } });
}

export function invalid(field: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `"${field}" ${sentence}.`, { details: { field } });
}
