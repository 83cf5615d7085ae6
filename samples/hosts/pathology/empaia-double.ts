// A stand-in for EMPAIA's App API v3, as far as public programs show it: one job with one slide. What is posted is
// held to the EAD and to the models of data, and kept until its end. It is no proof that EMPAIA takes the same.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PixelRectangle, Slide, SlideLevel } from '@deephealth/adapter-digital-pathology';
import sharp from 'sharp';
import type { Fields } from './empaia-documents.js';
import { describeRegions, describeSlide } from './empaia-inputs.js';
import { type EmpaiaAnswer, EmpaiaStore } from './empaia-store.js';

/** Instead of an answer: a status, an answer that is cut off, or a connection that breaks before or after the deed. */
export type Disturbance = number | 'cut' | 'break' | 'lose';

export interface EmpaiaDoubleOptions {
  readonly slide: Slide;
  /** ead.json of the app. */
  readonly ead: Fields;
  readonly mode?: 'standalone' | 'preprocessing';
  /** Input `regions_of_interest`, in pixels of level 0. */
  readonly regionsOfInterest?: readonly PixelRectangle[];
  /** Fields of the slide's description that are others than those of the slide. */
  readonly wsi?: Fields;
  /** Larger bodies are answered with 413. */
  readonly mostBodyBytes?: number;
  /** Whether several tiles are taken at a time. Default true. */
  readonly takesBulk?: boolean;
}

export interface EmpaiaDouble {
  /** Environment of the app. */
  readonly environment: { EMPAIA_APP_API: string; EMPAIA_JOB_ID: string; EMPAIA_TOKEN: string };
  readonly store: EmpaiaStore;
  /** "PUT progress 204", in order; the ids of objects are written as *. */
  readonly requests: readonly string[];
  /** Asked before each request, with "GET regions/*\/level/0/...". */
  disturb: (kind: string) => Disturbance | undefined;
  close(): Promise<void>;
}

/** Serves on loopback only. */
export async function startEmpaiaDouble(options: EmpaiaDoubleOptions): Promise<EmpaiaDouble> {
  const { slide, ead, mode = 'standalone' } = options;
  const [jobId, wsiId, token] = [randomUUID(), randomUUID(), `token-${randomUUID()}`];
  const io = ead.io as Readonly<Record<string, { type: string }>>;
  const { inputs, outputs } = (ead.modes as Record<string, { inputs: string[]; outputs: string[] }>)[mode] as {
    inputs: string[];
    outputs: string[];
  };
  const levels = slide.geometry.levels;
  const { width, height } = levels[0] as SlideLevel;
  const classValues = Object.keys(ead.classes as object).map((key) => `${ead.namespace}.classes.${key}`);
  const store = new EmpaiaStore(
    { jobId, wsiId, width, height, levels: levels.length, classValues },
    Object.fromEntries(outputs.map((key) => [key, io[key]?.type ?? ''])),
  );
  const given: Record<string, Fields> = {
    my_wsi: { ...describeSlide(slide, wsiId), ...options.wsi },
    regions_of_interest: describeRegions(options.regionsOfInterest ?? [], wsiId),
  };

  async function answerOf(kind: string, body: Buffer): Promise<EmpaiaAnswer | Buffer> {
    const fields = () => JSON.parse(body.toString('utf8')) as Fields;
    const match = (pattern: RegExp) => pattern.exec(kind)?.slice(1) as [string, ...string[]] | undefined;
    if (store.isFinalized) return { status: 400, body: { detail: 'the job is finalized' } };
    const input = match(/^GET inputs\/(\w+)$/);
    if (input) return inputs.includes(input[0]) ? { status: 200, body: given[input[0]] as Fields } : { status: 404 };
    const region = match(/^GET regions\/([\w-]+)\/level\/(\d+)\/start\/(\d+)\/(\d+)\/size\/(\d+)\/(\d+)$/);
    if (region) return region[0] === wsiId ? picture(slide, region.slice(1).map(Number)) : { status: 404 };
    const output = match(/^POST outputs\/(\w+)$/);
    if (output) return store.postOutput(output[0], fields());
    const items = match(/^POST collections\/([\w-]+)\/items$/);
    if (items) return store.postItems(items[0], fields());
    const tile = match(/^PUT pixelmaps\/([\w-]+)\/level\/(\d+)\/position\/(\d+)\/(\d+)\/data$/);
    const bulk = match(
      /^PUT pixelmaps\/([\w-]+)\/level\/(\d+)\/position\/start\/(\d+)\/(\d+)\/end\/(\d+)\/(\d+)\/data$/,
    );
    const put = tile ?? (options.takesBulk === false ? undefined : bulk);
    if (put) {
      const [level, ...at] = put.slice(1).map(Number) as [number, ...number[]];
      return store.putTiles(put[0], level, at.slice(0, 2), at.slice(-2), body);
    }
    if (kind === 'PUT progress') return store.putProgress(fields());
    if (kind === 'PUT failure') return store.putFailure(fields());
    return kind === 'PUT finalize' ? store.putFinalize() : { status: 404 };
  }

  const requests: string[] = [];
  const double = { disturb: (_kind: string): Disturbance | undefined => undefined };
  const server = createServer(async (request, response) => {
    const prefix = `/v3/${jobId}/`;
    const path = request.url ?? '';
    const kind = `${request.method} ${path.startsWith(prefix) ? path.slice(prefix.length) : '?'}`;
    const shown = kind.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '*');
    const body = await readAll(request);
    const isKnown = request.headers.authorization === `Bearer ${token}`;
    const isTooLarge = body.length > (options.mostBodyBytes ?? 2 ** 26);
    const wanted = double.disturb(shown);
    if (wanted === 'break') return void request.socket.destroy();
    const isPlanned = typeof wanted === 'number';
    const status = isPlanned ? wanted : !isKnown ? 401 : isTooLarge ? 413 : undefined;
    const answer = status === undefined ? await answerOf(kind, body) : { status };
    requests.push(`${shown} ${Buffer.isBuffer(answer) ? 200 : answer.status}`);
    if (wanted === 'lose') return void request.socket.destroy();
    if (Buffer.isBuffer(answer)) {
      response.writeHead(200, { 'content-type': 'image/png' });
      return void response.end(wanted === 'cut' ? answer.subarray(0, answer.length / 2) : answer);
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(double, {
    environment: { EMPAIA_APP_API: url, EMPAIA_JOB_ID: jobId, EMPAIA_TOKEN: token },
    ...{ store, requests },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function picture(slide: Slide, numbers: readonly number[]): Promise<Buffer> {
  const [level, x, y, width, height] = numbers as [number, number, number, number, number];
  const pixels = await slide.readRegion({ level, x, y, width, height });
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
