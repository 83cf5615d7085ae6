import { describe, expect, it } from 'vitest';
import { dicomFile } from '../testing/dicom-file.js';
import { readDicomSummary } from './dicom-summary.js';

const file = (elements: Parameters<typeof dicomFile>[0]) =>
  dicomFile({ '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.7'], ...elements });

describe('readDicomSummary', () => {
  it('reads frames and birth date', async () => {
    const bytes = file({ '00100030': ['DA', '19510502'], '00280008': ['IS', '12'] });
    expect(await readDicomSummary(bytes)).toEqual({ frames: 12, patientBirthDate: '1951-05-02' });
  });

  it('takes one frame where none is stated, and no birth date where there is none', async () => {
    expect(await readDicomSummary(file({ '00100030': ['DA', ''] }))).toEqual({ frames: 1 });
    expect(await readDicomSummary(file({ '00100030': ['DA', 'unknown'] }))).toEqual({ frames: 1 });
    expect(await readDicomSummary(file({ '00100030': ['DA', '1951.05.02'] }))).toMatchObject({
      patientBirthDate: '1951-05-02',
    });
  });

  it.each(['0', '-1', '2.5', 'x'])('refuses %s frames', async (frames) => {
    await expect(readDicomSummary(file({ '00280008': ['IS', frames] }))).rejects.toThrow('Number of Frames');
  });

  it.each([Buffer.alloc(0), Buffer.from('no DICOM'), Buffer.alloc(200)])('refuses what is no DICOM', async (bytes) => {
    await expect(readDicomSummary(bytes)).rejects.toThrow('is no DICOM file');
  });
});
