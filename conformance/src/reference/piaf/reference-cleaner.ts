import { DeepHealthError, type Manifest } from '@deephealth/sdk';
import { type DicomElements, dicomFile } from '@deephealth/sdk/testing';
import { decodeDicom } from '../../chain/decode-dicom.js';

export interface CleanedItem {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly extension: string;
}

const PNG_SIGNATURE = 8;
const PNG_KEPT = ['IHDR', 'PLTE', 'IDAT', 'IEND'];
const EDF_HEAD = { patient: [8, 'X X X X'], recording: [88, 'Startdate X X X X'] } as const;
const EDF_FIELD = 80;
const BURNED_IN = /\x28\x00\x01\x03CS\x04\x00YES/;

/** Takes out what identifies, by what a file holds. Each behaviour is a method of its own, so that a mutant can change one. */
export class ReferenceCleaner {
  /** @throws DH_CHAIN_INPUT_INVALID, DH_DEIDENTIFICATION_REFUSED; `item` names the place in the order of the inputs */
  clean(bytes: Buffer, allowed: readonly string[], manifest: Manifest, item: string): CleanedItem {
    const mediaType = this.mediaTypeOf(bytes);
    if (!allowed.includes(mediaType)) {
      throw new DeepHealthError('DH_CHAIN_INPUT_INVALID', `${item} is of another media type than the chain takes.`);
    }
    if (mediaType === 'application/dicom') return { bytes: this.dicom(bytes, item), mediaType, extension: 'dcm' };
    if (mediaType === 'image/png') return { bytes: this.png(bytes), mediaType, extension: 'png' };
    if (mediaType === 'application/x-edf') return { bytes: this.edf(bytes), mediaType, extension: 'edf' };
    return { bytes: this.table(bytes, manifest), mediaType, extension: 'json' };
  }

  mediaTypeOf(bytes: Buffer): string {
    if (bytes.toString('latin1', 128, 132) === 'DICM') return 'application/dicom';
    if (bytes.toString('latin1', 1, 4) === 'PNG') return 'image/png';
    if (bytes.toString('latin1', 0, 8) === '0       ') return 'application/x-edf';
    try {
      JSON.parse(bytes.toString('utf8'));
      return 'application/json';
    } catch {
      return 'application/octet-stream';
    }
  }

  checkBurnedIn(bytes: Buffer, item: string): void {
    if (!BURNED_IN.test(bytes.toString('latin1'))) return;
    throw new DeepHealthError('DH_DEIDENTIFICATION_REFUSED', `${item} says that its pixels hold an annotation.`);
  }

  /** Nothing but the pixels and how to read them. */
  dicom(bytes: Buffer, item: string): Buffer {
    this.checkBurnedIn(bytes, item);
    const { height, width, values } = decodeDicom(bytes);
    const elements: DicomElements = {
      '00280002': ['US', [1]],
      '00280004': ['CS', 'MONOCHROME2'],
      '00280010': ['US', [height]],
      '00280011': ['US', [width]],
      '00280100': ['US', [8]],
      '00280101': ['US', [8]],
      '00280102': ['US', [7]],
      '00280103': ['US', [0]],
      '7fe00010': ['OW', values],
    };
    return dicomFile(elements);
  }

  png(bytes: Buffer): Buffer {
    const kept = [bytes.subarray(0, PNG_SIGNATURE)];
    for (let at = PNG_SIGNATURE; at + 12 <= bytes.length; ) {
      const end = at + bytes.readUInt32BE(at) + 12;
      if (PNG_KEPT.includes(bytes.toString('latin1', at + 4, at + 8))) kept.push(bytes.subarray(at, end));
      at = end;
    }
    return Buffer.concat(kept);
  }

  edf(bytes: Buffer): Buffer {
    const cleaned = Buffer.from(bytes);
    for (const [at, text] of Object.values(EDF_HEAD)) cleaned.write(text.padEnd(EDF_FIELD), at, EDF_FIELD, 'latin1');
    return cleaned;
  }

  /** The columns of the model and no others, in their order. */
  table(bytes: Buffer, { inputs: [input] }: Manifest): Buffer {
    const document = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    const columns = input?.kind === 'table' ? input.columns.map(({ name }) => name) : [];
    const kept = columns.filter((name) => document[name] !== undefined).map((name) => [name, document[name]]);
    return Buffer.from(JSON.stringify(Object.fromEntries(kept)));
  }
}
