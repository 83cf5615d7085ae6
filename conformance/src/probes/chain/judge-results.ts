import { gunzipSync, inflateSync } from 'node:zlib';
import { PICTURE, type Study } from '../../chain/chain-studies.js';
import { TargetFailure } from '../../run/case-result.js';
import type { Artefacts, ItemResult } from './read-artefacts.js';

const TOLERANCE = 1e-6;

/** Every item has its own right result, in the order of the inputs. Gives the evidence. */
export function judgeResults(artefacts: Artefacts, studies: readonly Study[], packageSha256: string): string[] {
  const { results } = artefacts;
  if (results.length !== studies.length) {
    throw new TargetFailure(`${studies.length} items were sent, and ${results.length} have results`);
  }
  for (const [index, study] of studies.entries()) judgeItem(artefacts, results[index] as ItemResult, study, index);
  const strange = results.find(({ model }) => model?.packageSha256 !== packageSha256);
  if (strange !== undefined) throw new TargetFailure(`${strange.item} names another package than its model's`);
  return [`${studies.length} items, each with its own right result`];
}

export function judgeItem(artefacts: Artefacts, result: ItemResult, { expected }: Study, index: number): void {
  const place = Number(/(\d+)$/.exec(result.item ?? '')?.[1]);
  if (place !== index + 1) throw new TargetFailure(`item ${index + 1} is called ${result.item}`);
  if (result.status !== 'predicted') throw new TargetFailure(`${result.item} is ${result.status}, not predicted`);
  if (!/^[0-9a-f]{64}$/.test(result.inputSha256 ?? '')) {
    throw new TargetFailure(`${result.item} does not say which bytes it was computed from`);
  }
  if ('labels' in expected) {
    judgeRegion(artefacts, result, expected.labels);
    return;
  }
  const [label, value] = Object.entries(expected)[0] as [string, number];
  const said = valueBeside(result.findings, label);
  if (said === undefined || Math.abs(said - value) > TOLERANCE) {
    throw new TargetFailure(`${result.item} has ${label} ${said}, and ${value} is right`);
  }
}

/** The value that stands beside a label. */
function valueBeside(value: unknown, label: string): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const one = value as { readonly label?: unknown; readonly value?: unknown };
  if (one.label === label && typeof one.value === 'number') return one.value;
  return Object.values(value)
    .map((inner) => valueBeside(inner, label))
    .find((found) => found !== undefined);
}

function judgeRegion({ files }: Artefacts, { item, files: own = [] }: ItemResult, labels: readonly number[]): void {
  const regions = own.flatMap(({ path = '' }) => files.get(path) ?? []);
  if (regions.length === 0) throw new TargetFailure(`${item} names no file of its region that SHA256SUMS names, too`);
  if (!regions.some((bytes) => samplesOf(bytes).subarray(0, labels.length).equals(Buffer.from(labels)))) {
    throw new TargetFailure(`the region of ${item} is not the right one`);
  }
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
const GZIP = Buffer.from([0x1f, 0x8b]);

/** Labels of a region: a grey PNG, or whatever ends with one byte for each sample (raw, NumPy, NIfTI), also in gzip. */
function samplesOf(bytes: Buffer): Buffer {
  try {
    if (bytes.subarray(0, 2).equals(GZIP)) return samplesOf(gunzipSync(bytes));
    if (bytes.subarray(0, 4).equals(PNG)) return greyOf(bytes);
  } catch {
    return Buffer.alloc(0);
  }
  return bytes.subarray(Math.max(0, bytes.length - PICTURE.height * PICTURE.width));
}

function greyOf(png: Buffer): Buffer {
  const packed: Buffer[] = [];
  for (let at = 8; at + 12 <= png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') packed.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return unfiltered(inflateSync(Buffer.concat(packed)), PICTURE.width);
}

/** Lines of one byte a sample without their filters (PNG, 9.2). */
function unfiltered(lines: Buffer, width: number): Buffer {
  const rows: Buffer[] = [];
  let above = Buffer.alloc(width);
  for (let at = 0; at + width < lines.length; at += width + 1) {
    const row = Buffer.from(lines.subarray(at + 1, at + 1 + width));
    for (let x = 0; x < width; x++) {
      const [left, up, corner] = [x > 0 ? row[x - 1] : 0, above[x], x > 0 ? above[x - 1] : 0] as [
        number,
        number,
        number,
      ];
      const added = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][lines[at] as number] ?? 0;
      row[x] = ((row[x] as number) + added) & 0xff;
    }
    rows.push(row);
    above = row;
  }
  return Buffer.concat(rows);
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
