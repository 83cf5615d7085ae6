import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDicomWaveform, type SignalInputSpec } from '@deephealth/sdk';
import { dicomFile, dicomWaveform, tiffFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { BEAT, ecgManifest, edfBeat } from '../../test/ecg-beat.js';
import { expectBeat } from '../../test/ecg-recordings.js';
import { readImageFile, readSignalFile } from './file-content.js';
import { toSignal } from './to-signal.js';

const spec = ecgManifest().inputs[0] as SignalInputSpec;
const DICOM = 'application/dicom';
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const page = { width: 2, height: 1, pixels: [1, 2] };
/** BigTIFF of one directory with one entry, before another directory or none. */
const bigTiff = (next: number) => {
  const bytes = Buffer.alloc(52);
  bytes.write('II');
  bytes.writeUInt16LE(43, 2);
  bytes.writeUInt16LE(8, 4);
  bytes.writeBigUInt64LE(16n, 8);
  bytes.writeBigUInt64LE(1n, 16);
  bytes.writeBigUInt64LE(BigInt(next), 44);
  return bytes;
};
const picture = (elements: Parameters<typeof dicomFile>[0] = {}) =>
  dicomFile({ '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.7'], ...elements });
const channel = { label: 'MLII', sensitivity: '0.005', unit: 'mV', baseline: '-5.12' };
const samples = BEAT.map((step) => [step]);
const mismatch = expect.objectContaining({ code: 'DH_CDS_PATIENT_MISMATCH' });

describe('readImageFile', () => {
  it.each<[string, Buffer, string]>([
    ['image/png', PNG, 'a picture'],
    ['image/tiff', tiffFile([page]), 'one page'],
    ['image/tiff', tiffFile([page], 'MM'), 'one page, the other way round'],
    ['image/tiff', bigTiff(0), 'one page of a BigTIFF'],
    [DICOM, picture(), 'without a number of frames'],
    [DICOM, picture({ '00280008': ['IS', '1'], '00100030': ['DA', '19510502'] }), 'of the patient'],
    [DICOM, picture({ '00100030': ['DA', ''] }), 'without a birth date'],
  ])('has nothing against a file of %s (case %#)', async (mediaType, bytes) => {
    expect(await readImageFile(bytes, mediaType, '1951-05-02')).toBeUndefined();
  });

  it.each<[string, Buffer, string]>([
    ['image/jpeg', PNG, 'holds no file of image/jpeg'],
    ['image/png', Buffer.alloc(0), 'holds no file of image/png'],
    ['image/tiff', tiffFile([page, page]), 'has several pages'],
    ['image/tiff', tiffFile([page, page], 'MM'), 'has several pages'],
    ['image/tiff', bigTiff(52), 'has several pages'],
    ['image/tiff', tiffFile([page]).subarray(0, 20), 'cut off'],
    [DICOM, PNG, 'holds no file of application/dicom'],
    [DICOM, picture({ '00280008': ['IS', '12'] }), 'has several frames'],
    [DICOM, picture({ '00280008': ['IS', 'x'] }), 'Number of Frames'],
    [DICOM, picture().subarray(0, 150), 'is no DICOM file'],
  ])('refuses as %s what is none, or has more than one frame', async (mediaType, bytes, says) => {
    expect(await readImageFile(bytes, mediaType, undefined)).toContain(says);
  });

  it('ends the call over another birth date', async () => {
    const bytes = picture({ '00100030': ['DA', '19510502'] });
    await expect(readImageFile(bytes, DICOM, '1951-05-03')).rejects.toThrow(mismatch);
    expect(await readImageFile(bytes, DICOM, undefined)).toBeUndefined();
  });
});

describe('readSignalFile', () => {
  const signalOf = async (bytes: Buffer, mediaType: string, birthDate?: string) => {
    const channels = await readSignalFile(spec, bytes, mediaType, birthDate);
    return 'says' in channels ? channels : toSignal(spec, channels);
  };

  it('reads a channel by an alias of the manifest', async () => {
    const aliased = { ...spec, channels: spec.channels.map((one) => ({ ...one, aliases: ['ECG II'] })) };
    const channels = await readSignalFile(aliased, edfBeat('ECG II'), 'application/edf', undefined);
    expect(channels).toMatchObject([{ name: 'MLII', unit: 'mV', samplingRateHz: 360 }]);
  });

  it('refuses padding of a DICOM waveform: it was not measured', async () => {
    const bytes = dicomWaveform([{ channels: [channel], samples, rateHz: '360', padding: BEAT[7] as number }]);
    expect(await signalOf(bytes, DICOM)).toMatchObject({ why: 'not-measured' });
  });

  it.each<[string, Buffer, string, string]>([
    ['a picture for a waveform', picture(), DICOM, 'no original waveform'],
    ['an EDF for a waveform', edfBeat(), DICOM, 'is no DICOM file'],
    ['nothing', Buffer.alloc(0), 'application/edf', 'neither EDF nor BDF'],
  ])('refuses %s', async (_, bytes, mediaType, says) => {
    expect(await signalOf(bytes, mediaType)).toEqual({ says: expect.stringContaining(says) });
  });

  it('ends the call over another birth date in a waveform', async () => {
    const born = { '00100030': ['DA', '19510502'] } as const;
    const bytes = dicomWaveform([{ channels: [channel], samples, rateHz: '360' }], undefined, born);
    await expect(signalOf(bytes, DICOM, '1951-05-03')).rejects.toThrow(mismatch);
    const reading = await signalOf(bytes, DICOM, '1951-05-02');
    if (!('signal' in reading)) return expect.unreachable('the waveform was refused');
    const data = reading.signal.samples?.data as Buffer;
    expectBeat(Array.from({ length: 648 }, (_, i) => data.readFloatLE(i * 4)));
  });

  const real = join(
    dirname(fileURLToPath(new URL('../../../..', import.meta.url))),
    'shared/data/dicom/waveform_ecg.dcm',
  );
  it.skipIf(!existsSync(real))('reads twelve leads of a real ECG (skipped where ../shared is absent)', async () => {
    const bytes = readFileSync(real);
    const { channels } = await readDicomWaveform(bytes);
    const leads = channels.filter(({ samplingRateHz, name }, i) => {
      const isFirst = channels.findIndex((one) => one.name === name) === i;
      return isFirst && samplingRateHz === channels[0]?.samplingRateHz;
    });
    const count = leads[0]?.samples.length ?? 0;
    const twelve: SignalInputSpec = {
      ...spec,
      channels: leads.map(({ name }) => ({ name, unit: 'mV', validRange: [-20, 20] })),
      samplingRateHz: leads[0]?.samplingRateHz ?? 0,
      samples: { minimum: count, maximum: count },
    };
    const found = await readSignalFile(twelve, bytes, DICOM, undefined);
    const reading = 'says' in found ? found : toSignal(twelve, found);
    if (!('signal' in reading)) return expect.unreachable(reading.says);
    expect(reading.recorded).toMatchObject({ channels: leads.map(({ name }) => name) });
    // Sensitivities of the file are in microvolts.
    const data = reading.signal.samples?.data as Buffer;
    const worst = leads.map(({ samples: microvolts }, row) =>
      Math.max(...microvolts.map((value, i) => Math.abs(data.readFloatLE((row * count + i) * 4) - value / 1000))),
    );
    expect(leads).toHaveLength(12);
    expect(Math.max(...worst)).toBeLessThan(1e-6);
  });
});
