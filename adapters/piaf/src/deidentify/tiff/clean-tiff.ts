import { cleanIccProfile } from '../clean-icc-profile.js';
import { type CleaningJob, readAt, writeAll } from '../cleaning-job.js';
import { blankJpeg } from '../codestreams/blank-codestream.js';
import { DamagedStream } from '../codestreams/jpeg-segments.js';
import { invalid, refusal } from '../refusals.js';
import { cleanAperioDescription } from './aperio-description.js';
import { AreaMap } from './area-map.js';
import { choosePictures } from './choose-pictures.js';
import { copyTiles } from './copy-tiles.js';
import { KEPT_TAGS, TAG } from './kept-tags.js';
import { type TiffDirectory, type TiffField, TiffReader } from './tiff-directories.js';

const ASCII = 2;

/**
 * A TIFF or BigTIFF, as a picture or as a slide (Aperio's SVS, and tiled TIFFs of no maker): its pixels byte for byte
 * and where they were, directories with the tags that decoders need, and zeroes everywhere else. Nothing is copied
 * but what a kept directory leads to, so that an old label that no directory leads to is gone, too.
 *
 * @throws DH_DEIDENTIFICATION_REFUSED, DH_CHAIN_INPUT_INVALID
 */
export async function cleanTiff(job: CleaningJob): Promise<void> {
  const reader = await TiffReader.of(job);
  const directories = await reader.directories();
  const { kept, dropped, isAperio } = await choosePictures(reader, directories);
  job.tally.add('pictures', dropped);
  const areas = new AreaMap();
  const { numbers } = reader;
  areas.add(0, numbers.headerBytes);
  const header = await readAt(job, 0, numbers.headerBytes);
  numbers.write(
    header,
    (kept[0] as TiffDirectory).start,
    numbers.headerBytes - numbers.offsetBytes,
    numbers.offsetBytes,
  );
  await writeAll(job.target, header, 0);
  for (const [index, directory] of kept.entries()) {
    await writeDirectory({ job, reader, areas, isAperio }, directory, kept[index + 1]?.start ?? 0);
  }
  const dataEnd = await copyTiles(job, reader, kept, areas);
  const end = Math.max(dataEnd, areas.end);
  await job.target.truncate(end);
  await noteOrphans(job, end);
}

interface Writing {
  readonly job: CleaningJob;
  readonly reader: TiffReader;
  readonly areas: AreaMap;
  readonly isAperio: boolean;
}

/** Writes a directory where it was, with the fields that are kept. */
async function writeDirectory(writing: Writing, directory: TiffDirectory, next: number): Promise<void> {
  const { job, reader, areas } = writing;
  const { numbers } = reader;
  const fields: Buffer[] = [];
  for (const field of [...directory.fields.values()].sort((a, b) => a.tag - b.tag)) {
    const entry = await cleanField(writing, field);
    if (entry === undefined) continue;
    fields.push(entry);
    if (!field.isInline) areas.add(field.offset, field.offset + field.bytes);
  }
  const bytes = Buffer.alloc(numbers.countBytes + fields.length * numbers.fieldBytes + numbers.offsetBytes);
  numbers.write(bytes, fields.length, 0, numbers.countBytes);
  Buffer.concat(fields).copy(bytes, numbers.countBytes);
  numbers.write(bytes, next, bytes.length - numbers.offsetBytes, numbers.offsetBytes);
  areas.add(directory.start, directory.start + bytes.length);
  await writeAll(job.target, bytes, directory.start);
}

/** The entry of a field; its value is written where it was. Undefined for a field that is left out. */
async function cleanField(writing: Writing, field: TiffField): Promise<Buffer | undefined> {
  const { job, reader, isAperio } = writing;
  const { tag } = field;
  if (tag === TAG.description && isAperio && field.type === ASCII) return description(writing, field);
  const rule = KEPT_TAGS[tag];
  if (rule === undefined) {
    // Their pictures are counted where they are chosen.
    if (tag !== TAG.subDirectories && field.bytes > 0)
      job.tally.add(tag >= 32768 ? 'private tags' : 'tags that no decoder needs');
    return undefined;
  }
  if (!rule.types.includes(field.type) || field.count > rule.most || field.count < 1) {
    throw invalid(`is a TIFF with a tag ${tag} that is not of its type or length`);
  }
  const value = await reader.value(field);
  if (tag === TAG.jpegTables) job.tally.add('comments within compressed pixels', blankTables(value));
  if (tag !== TAG.iccProfile) return writeField(writing, field, field.count, value);
  const { profile, removed } = cleanIccProfile(value);
  if (profile.length > field.bytes) throw refusal('has a colour profile that cannot be read');
  job.tally.add('texts of the colour profile', removed);
  return writeField(writing, field, profile.length, profile);
}

async function description(writing: Writing, field: TiffField): Promise<Buffer | undefined> {
  const { text, isChanged } = cleanAperioDescription((await writing.reader.value(field)).toString('latin1'));
  const value = Buffer.from(`${text}\0`, 'latin1');
  if (isChanged) writing.job.tally.add('descriptions');
  if (field.isInline || value.length > field.bytes) return undefined;
  return writeField(writing, field, value.length, value);
}

async function writeField({ job, reader }: Writing, field: TiffField, count: number, value: Buffer): Promise<Buffer> {
  const { numbers } = reader;
  const entry = Buffer.alloc(numbers.fieldBytes);
  const inline = numbers.fieldBytes - numbers.offsetBytes;
  numbers.write(entry, field.tag, 0, 2);
  numbers.write(entry, field.type, 2, 2);
  numbers.write(entry, count, 4, numbers.offsetBytes);
  if (value.length <= numbers.offsetBytes) value.copy(entry, inline);
  else {
    numbers.write(entry, field.offset, inline, numbers.offsetBytes);
    await writeAll(job.target, value, field.offset);
  }
  return entry;
}

function blankTables(value: Buffer): number {
  try {
    return blankJpeg(value);
  } catch (thrown) {
    if (thrown instanceof DamagedStream) throw refusal('has tables of JPEG that cannot be read', thrown);
    throw thrown;
  }
}

const BLOCK_BYTES = 4 * 1024 * 1024;

/** Whether anything of the file was not kept: by comparing it with what was written. */
async function noteOrphans(job: CleaningJob, end: number): Promise<void> {
  // Something else was counted already.
  if (job.tally.total > 0) return;
  if (job.sizeBytes > end) {
    job.tally.add('bytes that nothing leads to');
    return;
  }
  for (let at = 0; at < end; at += BLOCK_BYTES) {
    const before = await readAt(job, at, Math.min(BLOCK_BYTES, end - at));
    const after = await readAt({ ...job, source: job.target, sizeBytes: end }, at, before.length);
    if (before.equals(after)) continue;
    job.tally.add('bytes that nothing leads to');
    return;
  }
}
