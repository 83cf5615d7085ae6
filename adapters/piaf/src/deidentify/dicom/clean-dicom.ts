import type { FileHandle } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { type CleaningJob, readAt, writeAll } from '../cleaning-job.js';
import { invalid, refusal } from '../refusals.js';
import { cleanDataset } from './clean-dataset.js';
import { CODE_ITEM, ELEMENT_RULES, EMPTY_ELEMENTS } from './element-rules.js';
import { copyEncapsulated, copyNative, frameExtent } from './pixel-data.js';
import { DamagedElements, type ElementHead, ElementReader, NeedsMoreBytes, type RawDataset } from './read-elements.js';
import { isLookedAt, requireCleanable } from './require-cleanable.js';
import { EXPLICIT_LITTLE, TRANSFER_SYNTAXES, type TransferSyntax } from './transfer-syntaxes.js';
import { type CleanElement, textValue, writeElements } from './write-elements.js';

const PREAMBLE_BYTES = 132;
const FIRST_BYTES = 256 * 1024;
const MOST_HEADER_BYTES = 256 * 1024 * 1024;
const MOST_DEFLATED_BYTES = 256 * 1024 * 1024;
const META = { isImplicit: false, isBig: false } as const;
/** A UID of this gate's own, made once; it says which program wrote a file. */
const IMPLEMENTATION_CLASS_UID = '2.25.119826353414316921303312204397452171645';
const IMPLEMENTATION_VERSION = 'DEEPHEALTH_PIAF';
const METHOD = 'Allow-list of attributes, UIDs by keyed hash';
const METHOD_CODES = [['113100', 'Basic Application Confidentiality Profile']] as const;

interface Header {
  readonly uid: string;
  readonly syntax: TransferSyntax;
  readonly dataset: RawDataset;
  /** Undefined where there are no pixels. */
  readonly pixels: ElementHead | undefined;
}

/**
 * A DICOM file with the attributes of the allow-list, mapped UIDs, and its pixels or samples byte for byte.
 * Transfer syntaxes stay as they are; a deflated file becomes explicit VR, little endian.
 *
 * @throws DH_DEIDENTIFICATION_REFUSED, DH_CHAIN_INPUT_INVALID
 */
export async function cleanDicom(job: CleaningJob): Promise<void> {
  try {
    await clean(job);
  } catch (thrown) {
    if (thrown instanceof DamagedElements) throw invalid(`is a DICOM file ${thrown.message}`, thrown);
    if (thrown instanceof NeedsMoreBytes) throw invalid('is a DICOM file that is cut short', thrown);
    throw thrown;
  }
}

async function clean(given: CleaningJob): Promise<void> {
  const { job, uid, metaEnd, preamble } = await opened(given);
  const syntax = TRANSFER_SYNTAXES[uid] as TransferSyntax;
  const { dataset, pixels } = await readHeader(job, uid, syntax, metaEnd);
  const sopClass = requireCleanable(dataset, syntax.isBig);
  if ((pixels === undefined) !== (sopClass.kind === 'waveform')) {
    throw invalid('is a DICOM file whose SOP class does not fit what it holds');
  }
  if (preamble) job.tally.add('preamble');
  const cleaned = cleanDataset(dataset, { tally: job.tally, uids: job.uids, isBig: syntax.isBig });
  for (const required of ['00080018', '0020000D', '0020000E']) {
    if (!cleaned.has(required)) throw invalid('is a DICOM file without the UIDs that it must have');
  }
  addDeidentification(cleaned);
  const extended = pixels === undefined ? undefined : extendedTables(dataset);
  await writeAll(job.target, Buffer.concat([metaOf(cleaned, uid, syntax), writeElements(cleaned, syntax)]));
  if (pixels === undefined) return;
  const extent = frameExtent(dataset, syntax.isBig);
  const end =
    syntax.coding === 'native'
      ? await copyNative(job, pixels, extent, syntax)
      : await copyEncapsulated(job, pixels, extent, syntax, extended);
  if (end < job.sizeBytes) job.tally.add('bytes behind the pixels');
}

/** The file, inflated if it is deflated, and where its dataset begins. */
async function opened(
  job: CleaningJob,
): Promise<{ job: CleaningJob; uid: string; metaEnd: number; preamble: boolean }> {
  const head = await readAt(job, 0, Math.min(FIRST_BYTES, job.sizeBytes));
  const reader = new ElementReader(head, META, () => undefined);
  let metaEnd = PREAMBLE_BYTES;
  let uid = '';
  while (metaEnd + 2 <= head.length && head.readUInt16LE(metaEnd) === 2) {
    const { tag, start, length } = reader.head(metaEnd);
    if (length === undefined || start + length > head.length) throw new NeedsMoreBytes();
    if (tag === '00020010') uid = head.toString('latin1', start, start + length).replace(/[\0 ]+$/, '');
    metaEnd = start + length;
  }
  if (uid === '') throw invalid('is a DICOM file without a transfer syntax');
  if (!Object.hasOwn(TRANSFER_SYNTAXES, uid))
    throw refusal('is a DICOM file of a transfer syntax whose pixels cannot be looked at');
  const preamble = head.subarray(0, 128).some((byte) => byte !== 0);
  if (!TRANSFER_SYNTAXES[uid]?.isDeflated) return { job, uid, metaEnd, preamble };
  if (job.sizeBytes > MOST_DEFLATED_BYTES) throw invalid('is a deflated DICOM file that is too large');
  const deflated = await readAt(job, metaEnd, job.sizeBytes - metaEnd);
  let bytes: Buffer;
  try {
    bytes = inflateRawSync(deflated, { maxOutputLength: MOST_DEFLATED_BYTES });
  } catch (thrown) {
    throw invalid('is a deflated DICOM file that is damaged or too large', thrown);
  }
  return { job: { ...job, source: handleOf(bytes), sizeBytes: bytes.length }, uid, metaEnd: 0, preamble };
}

/** Bytes in memory, to be read as those of a file. */
function handleOf(bytes: Buffer): FileHandle {
  const read = async (target: Buffer, offset: number, length: number, position: number) => ({
    bytesRead: bytes.copy(target, offset, position, position + length),
    buffer: target,
  });
  return { read } as unknown as FileHandle;
}

function ruleVr(tag: string): string | undefined {
  if (tag === CODE_ITEM.value || tag === CODE_ITEM.scheme) return 'SH';
  if (tag === CODE_ITEM.meaning) return 'LO';
  if (tag === '7FE00001' || tag === '7FE00002') return 'OV';
  if (isLookedAt(tag)) return 'US';
  return Object.hasOwn(ELEMENT_RULES, tag) ? ELEMENT_RULES[tag]?.vr : undefined;
}

/** All elements before the pixels. */
async function readHeader(job: CleaningJob, uid: string, syntax: TransferSyntax, start: number): Promise<Header> {
  for (let wanted = FIRST_BYTES; ; wanted *= 4) {
    const length = Math.min(wanted, job.sizeBytes, MOST_HEADER_BYTES);
    const isWhole = length === job.sizeBytes;
    const reader = new ElementReader(await readAt(job, 0, length), syntax, ruleVr);
    try {
      const stop = ({ tag }: ElementHead) => tag >= '7FE00008' && tag <= '7FE00010';
      const { dataset, stopped } = reader.dataset(start, isWhole ? length : Number.POSITIVE_INFINITY, { stop });
      if (stopped !== undefined && stopped.tag !== '7FE00010') throw refusal('has pixels that are no integers');
      return { uid, syntax, dataset, pixels: stopped };
    } catch (thrown) {
      if (!(thrown instanceof NeedsMoreBytes) || isWhole) throw thrown;
      if (wanted >= MOST_HEADER_BYTES) throw invalid('is a DICOM file with too long a header');
    }
  }
}

function extendedTables({ elements }: RawDataset): readonly [Buffer, Buffer] | undefined {
  const [offsets, lengths] = [elements.get('7FE00001'), elements.get('7FE00002')];
  return offsets === undefined || lengths === undefined ? undefined : [offsets.value, lengths.value];
}

function addDeidentification(dataset: Map<string, CleanElement>): void {
  const text = (tag: string, vr: string, value: string) => dataset.set(tag, { vr, value: textValue(vr, value) });
  for (const [tag, vr] of Object.entries(EMPTY_ELEMENTS)) text(tag, vr, '');
  text('00120062', 'CS', 'YES');
  text('00120063', 'LO', METHOD);
  text('00280303', 'CS', 'REMOVED');
  dataset.set('00120064', {
    vr: 'SQ',
    value: METHOD_CODES.map(([code, meaning]) => {
      const item = new Map<string, CleanElement>();
      item.set('00080100', { vr: 'SH', value: textValue('SH', code) });
      item.set('00080102', { vr: 'SH', value: textValue('SH', 'DCM') });
      item.set('00080104', { vr: 'LO', value: textValue('LO', meaning) });
      return item;
    }),
  });
}

function metaOf(dataset: ReadonlyMap<string, CleanElement>, uid: string, { isDeflated }: TransferSyntax): Buffer {
  const value = (tag: string) => dataset.get(tag)?.value as Buffer;
  const meta = new Map<string, CleanElement>([
    ['00020001', { vr: 'OB', value: Buffer.from([0, 1]) }],
    ['00020002', { vr: 'UI', value: value('00080016') }],
    ['00020003', { vr: 'UI', value: value('00080018') }],
    ['00020010', { vr: 'UI', value: textValue('UI', isDeflated ? EXPLICIT_LITTLE : uid) }],
    ['00020012', { vr: 'UI', value: textValue('UI', IMPLEMENTATION_CLASS_UID) }],
    ['00020013', { vr: 'SH', value: textValue('SH', IMPLEMENTATION_VERSION) }],
  ]);
  const bytes = writeElements(meta, META);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  const head = writeElements(new Map([['00020000', { vr: 'UL', value: length }]]), META);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), head, bytes]);
}
