import type { DataSet } from 'dicom-parser';
import { textOf } from '../decoders/dicom-values.js';

/** What lossy compression has done to an image, in DICOM's words (PS3.3, C.7.6.1.1.5). */
export interface LossyHistory {
  /** Lossy Image Compression Ratio (0028,2112), decimals; undefined where nobody knows it any more. */
  readonly ratio?: string;
  /** Lossy Image Compression Method (0028,2114). */
  readonly method?: string;
}

/** Methods of the transfer syntaxes that lose something. */
const METHODS: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.4.50': 'ISO_10918_1',
  '1.2.840.10008.1.2.4.51': 'ISO_10918_1',
  '1.2.840.10008.1.2.4.81': 'ISO_14495_1',
  '1.2.840.10008.1.2.4.91': 'ISO_15444_1',
  '1.2.840.10008.1.2.4.203': 'ISO_15444_15',
};

/** Undefined for an image that has lost nothing, as far as its file says. */
export function lossyHistory(dataset: DataSet, transferSyntax: string): LossyHistory | undefined {
  const method = METHODS[transferSyntax];
  if (method === undefined && textOf(dataset, 'x00282110') !== '01') return undefined;
  const ratio = dataset.string('x00282112')?.trim() || (method && ratioOf(dataset));
  const stated = dataset.string('x00282114')?.trim() || method;
  return { ...(ratio && { ratio }), ...(stated && { method: stated }) };
}

/** Of a lossy file that states none: its pixels as they are decoded, to one byte of Pixel Data. */
function ratioOf(dataset: DataSet): string {
  const [rows, columns, samples, bits] = ['x00280010', 'x00280011', 'x00280002', 'x00280100'].map(
    (tag) => dataset.uint16(tag) ?? 1,
  ) as [number, number, number, number];
  const frames = Number(textOf(dataset, 'x00280008') ?? '1');
  const length = Math.max(1, dataset.elements.x7fe00010?.length ?? 1);
  return ((rows * columns * samples * bits * frames) / 8 / length).toFixed(2);
}
