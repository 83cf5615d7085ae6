import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DicomElements, DicomValue } from '@deephealth/sdk/testing';
import type { WsiFile } from './wsi-file.js';

/** What a request is answered with instead, for once; true if it was. */
export type Disturbance = (request: SeenRequest, response: ServerResponse) => boolean;

export interface SeenRequest {
  readonly path: string;
  readonly accept: string;
  readonly authorization: string | undefined;
  /** Numbers of frames, from 1, of a request for frames. */
  readonly frames: readonly number[];
}

export interface FakeDicomWeb {
  readonly baseUrl: string;
  readonly requests: SeenRequest[];
  /** Asked in turn before a request is answered. */
  readonly disturbances: Disturbance[];
  close(): Promise<void>;
}

export interface FakeDicomWebOptions {
  /** Content-Type of an answer with frames. Default: as Orthanc writes it, the boundary without quotes. */
  readonly answerType?: (boundary: string) => string;
  /** Head of a part. Default: Content-Type and Content-Length. */
  readonly partHead?: (bytes: Uint8Array) => string;
  /** Accept that is answered; others get 406. Default: JPEG baseline by name. */
  readonly accepts?: (accept: string) => boolean;
  readonly newline?: string;
}

/** A DICOMweb server with one series, on a free port of this machine. */
export async function fakeDicomWeb(
  files: readonly WsiFile[],
  options: FakeDicomWebOptions = {},
): Promise<FakeDicomWeb> {
  const requests: SeenRequest[] = [];
  const disturbances: Disturbance[] = [];
  const server = createServer((message, response) => {
    const request = seen(message);
    requests.push(request);
    if (!disturbances.some((disturb) => disturb(request, response))) answer(files, request, response, options);
  });
  const port = await listen(server);
  return {
    ...{ baseUrl: `http://127.0.0.1:${port}/dicom-web/`, requests, disturbances },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function seen({ url = '', headers }: IncomingMessage): SeenRequest {
  return {
    path: url,
    accept: headers.accept ?? '',
    authorization: headers.authorization,
    frames: (/\/frames\/([\d,]+)$/.exec(url)?.[1] ?? '').split(',').filter(Boolean).map(Number),
  };
}

function answer(
  files: readonly WsiFile[],
  { path, accept, frames }: SeenRequest,
  response: ServerResponse,
  options: FakeDicomWebOptions,
): unknown {
  const json = (body: unknown) => {
    response.writeHead(200, { 'content-type': 'application/dicom+json' });
    response.end(JSON.stringify(body));
  };
  const refuse = (status: number) => {
    response.writeHead(status).end();
  };
  if (!path.startsWith('/dicom-web/studies/1.2.3/series/1.2.3.1/instances')) return refuse(404);
  const uid = /instances\/([\d.]+)/.exec(path)?.[1];
  if (uid === undefined) {
    const [offset, limit] = ['offset', 'limit'].map((name) => Number(new URL(path, 'http://x').searchParams.get(name)));
    const page = files.slice(offset, (offset as number) + (limit as number));
    return json(page.map(({ elements }) => pick(toJson(elements), ['00080016', '00080018'])));
  }
  const file = files.find(({ elements }) => elements['00080018']?.[1] === uid);
  if (file === undefined) return refuse(404);
  if (path.endsWith('/metadata')) return json([toJson(file.elements)]);
  const isAccepted = options.accepts ?? ((text) => text.includes('transfer-syntax=1.2.840.10008.1.2.4.50'));
  if (!isAccepted(accept)) return refuse(406);
  const found = frames.map((number) => file.frames[number - 1]);
  if (found.includes(undefined) || found.length === 0) return refuse(404);
  return sendParts(found as Uint8Array[], response, options);
}

function sendParts(frames: readonly Uint8Array[], response: ServerResponse, options: FakeDicomWebOptions): void {
  const { newline = '\r\n' } = options;
  const boundary = 'b0undary=of(parts)';
  const type = options.answerType ?? ((name) => `multipart/related; type="image/jpeg"; boundary=${name}`);
  const head =
    options.partHead ?? ((bytes) => `Content-Type: image/jpeg${newline}Content-Length: ${bytes.length}${newline}`);
  response.writeHead(200, { 'content-type': type(boundary) });
  for (const bytes of frames)
    response.write(
      Buffer.concat([Buffer.from(`--${boundary}${newline}${head(bytes)}${newline}`), bytes, Buffer.from(newline)]),
    );
  response.end(`--${boundary}--${newline}`);
}

function pick(dataset: Record<string, unknown>, tags: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(tags.map((tag) => [tag, dataset[tag]]));
}

function toJson(elements: DicomElements): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(elements).map(([tag, [vr, value]]) => [tag.toUpperCase(), { vr, Value: valuesOf(vr, value) }]),
  );
}

function valuesOf(vr: string, value: DicomValue): unknown[] {
  if (value instanceof Uint8Array) {
    const view = new DataView(value.buffer, value.byteOffset);
    return [vr === 'FL' ? view.getFloat32(0, true) : view.getInt32(0, true)];
  }
  if (typeof value !== 'string') {
    return value.map((one: unknown) => (typeof one === 'object' ? toJson(one as DicomElements) : one));
  }
  const texts = value.split('\\');
  if (vr === 'PN') return texts.map((Alphabetic) => ({ Alphabetic }));
  return vr === 'DS' || vr === 'IS' ? texts.map(Number) : texts;
}
