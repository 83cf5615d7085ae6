import { createHash } from 'node:crypto';
import { DeepHealthError } from '@deephealth/sdk';
import { decodeFrame } from '../dicom/decode-frame.js';
import { type DicomJson, itemsOf, textOf } from '../dicom/dicom-json.js';
import { buildPyramid } from '../dicom/dicom-pyramid.js';
import { FrameTable } from '../dicom/frame-table.js';
import { iccProfileOf } from '../dicom/icc-profile.js';
import { describeInstance, isSlideVolume, WSI_SOP_CLASS, type WsiInstance } from '../dicom/wsi-instance.js';
import { partOf } from '../dicom/wsi-level.js';
import type { Slide } from '../slide.js';
import { unreadable } from '../slide-errors.js';
import type { GivenMicronsPerPixel } from '../slide-scale.js';
import { tiledSlide } from '../tiles/tiled-slide.js';
import { DicomWebClient, type DicomWebServer, ServerRefusal } from './dicomweb-client.js';
import { FrameRequests } from './frame-requests.js';

export interface DicomWebSlideOptions extends DicomWebServer {
  /** Study Instance UID. */
  readonly study: string;
  /** Series Instance UID. */
  readonly series: string;
  /** Micrometres of a pixel of level 0. Goes before what the slide says; needed where it says nothing. */
  readonly micronsPerPixel?: GivenMicronsPerPixel;
  /** Ends opening; not the slide. */
  readonly signal?: AbortSignal;
}

const DICOM_JSON = 'application/dicom+json';
const INSTANCES_PER_PAGE = 200;
const MOST_INSTANCES = 2000;
/** Groups of some hundred thousand frames. */
const MOST_JSON_BYTES = 128 * 1024 * 1024;
/** Enough to fill several requests. */
const TILES_AT_ONCE = 96;
/** What a server says of where and how it keeps an instance, not of the slide. */
const VOLATILE = ['00080054', '00080056', '00081190', '00083002', '52009230'];

/**
 * Opens a slide that lies on a DICOMweb server: the instances of a series (QIDO-RS), their metadata and
 * their frames (WADO-RS).
 *
 * `sha256` is that of the metadata of the instances that are levels, sorted by SOP Instance UID and without
 * what the server says of itself, and of where their frames lie: all frames would have to be fetched for
 * more. A DICOM instance that is changed gets a new SOP Instance UID.
 *
 * Regions reject with DH_PLATFORM_* as well, where the server does.
 *
 * @throws DH_PLATFORM_UNREACHABLE, DH_PLATFORM_UNAUTHENTICATED, DH_PLATFORM_REFUSED, and what openSlide() throws
 */
export async function openDicomWebSlide(options: DicomWebSlideOptions): Promise<Slide> {
  const client = new DicomWebClient(options);
  const series = `/studies/${uid(options.study, 'study')}/series/${uid(options.series, 'series')}`;
  const pathOf = (sopInstanceUid: string) => `${series}/instances/${sopInstanceUid}`;
  const found: WsiInstance[] = [];
  const identities: string[] = [];
  for (const sopInstanceUid of await listInstances(client, series, options.signal)) {
    const dataset = await readMetadata(client, pathOf(sopInstanceUid), options.signal);
    if (!isSlideVolume(dataset)) continue;
    const table = new FrameTable();
    for (const groups of itemsOf(dataset, '52009230')) table.add(groups);
    const { '52009230': _, ...withoutFrames } = dataset;
    found.push(describeInstance(withoutFrames, table));
    identities.push(`${sopInstanceUid} ${canonical(withoutFrames, true)} ${table.digest()}\n`);
  }
  const { geometry, dicom, levels } = buildPyramid(found, options.micronsPerPixel);
  const iccProfile = iccProfileOf(dicom.metadata as DicomJson);
  const requests = new Map(
    found.map((instance) => [
      instance.sopInstanceUid,
      new FrameRequests(client, instance, pathOf(instance.sopInstanceUid)),
    ]),
  );
  return tiledSlide(
    {
      ...{ name: dicom.seriesInstanceUid, format: 'dicom', geometry, dicom },
      sha256: createHash('sha256').update(identities.sort().join('')).digest('hex'),
      ...(iccProfile === undefined ? {} : { iccProfile }),
    },
    {
      levels: levels.map(({ level }) => level),
      tilesAtOnce: TILES_AT_ONCE,
      async decode(level, tile) {
        const [part, frame] = partOf(levels[level]?.parts ?? [], tile);
        const { bytes, format } = await (requests.get(part.sopInstanceUid) as FrameRequests).frame(frame);
        return decodeFrame(bytes, format, part.tile);
      },
      close: async () => client.close(),
    },
  );
}

/** SOP Instance UIDs of a series, those of other classes left out where the server tells the class. */
async function listInstances(client: DicomWebClient, series: string, signal?: AbortSignal): Promise<readonly string[]> {
  const uids = new Set<string>();
  for (let offset = 0; ; offset += INSTANCES_PER_PAGE) {
    const query = `limit=${INSTANCES_PER_PAGE}&offset=${offset}`;
    const page = await getJson(client, `${series}/instances?${query}`, signal);
    const before = uids.size;
    for (const instance of page) {
      const sopClass = textOf(instance, '00080016');
      if (sopClass !== '' && sopClass !== WSI_SOP_CLASS) continue;
      uids.add(uid(textOf(instance, '00080018'), 'instance'));
    }
    if (uids.size > MOST_INSTANCES) throw unreadable(`has more than ${MOST_INSTANCES} instances`);
    // A server that knows no offset answers with the same again.
    if (page.length < INSTANCES_PER_PAGE || uids.size === before) return [...uids].sort();
  }
}

async function readMetadata(client: DicomWebClient, path: string, signal?: AbortSignal): Promise<DicomJson> {
  const [dataset] = await getJson(client, `${path}/metadata`, signal);
  if (dataset === undefined) throw refused('answers with empty metadata for an instance that it lists');
  return dataset;
}

async function getJson(client: DicomWebClient, path: string, signal?: AbortSignal): Promise<readonly DicomJson[]> {
  try {
    return await client.get(path, DICOM_JSON, MOST_JSON_BYTES, parseDatasets, signal);
  } catch (thrown) {
    if (!(thrown instanceof ServerRefusal)) throw thrown;
    if (thrown.status === 404)
      throw unreadable('is not on the DICOMweb server: it knows no such study and series', thrown);
    throw refused(`refuses a request for metadata with HTTP ${thrown.status}`, thrown);
  }
}

/** 204 without a body is an empty list. Throws for what is cut short. */
function parseDatasets({ body }: { readonly body: Buffer }): readonly DicomJson[] {
  if (body.length === 0) return [];
  const parsed: unknown = JSON.parse(body.toString('utf8'));
  const isDataset = (item: unknown) => typeof item === 'object' && item !== null && !Array.isArray(item);
  if (Array.isArray(parsed) && parsed.every(isDataset)) return parsed as DicomJson[];
  throw refused('answers with metadata that are not in the DICOM JSON model');
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown, isTop = false): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const keys = Object.keys(value)
    // Addresses hold the name of the server.
    .filter((key) => key !== 'BulkDataURI' && !(isTop && VOLATILE.includes(key)))
    .sort();
  const fields = keys.map((key) => `${JSON.stringify(key)}:${canonical((value as Record<string, unknown>)[key])}`);
  return `{${fields.join(',')}}`;
}

function uid(value: string, what: string): string {
  if (/^[0-9][0-9.]{0,127}$/.test(value)) return value;
  throw unreadable(`cannot be asked for: the UID of the ${what} is none`);
}

function refused(what: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_PLATFORM_REFUSED', `The DICOMweb server ${what}.`, { cause });
}
