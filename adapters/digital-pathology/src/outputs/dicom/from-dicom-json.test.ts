import { describe, expect, it } from 'vitest';
import { fromDicomJson } from './from-dicom-json.js';

describe('fromDicomJson', () => {
  it('writes each kind of value as it is, and leaves out what is absent, empty or binary', () => {
    const dataset = {
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'A^B', Phonetic: 'C' }] },
      '00100020': { vr: 'LO', Value: ['é', null, 'x'] },
      '00101020': { vr: 'DS', Value: [1.5, '2.50'] },
      '00280010': { vr: 'US', Value: [7] },
      '00209165': { vr: 'AT', Value: ['0048021E'] },
      '00100030': { vr: 'DA' },
      '00282000': { vr: 'OB', InlineBinary: 'AAAA' },
      '0020000D': { vr: 'UI', Value: ['1.2.3'] },
    };
    const written = fromDicomJson(dataset, [...Object.keys(dataset), '00100040']);
    const texts = Object.fromEntries(
      Object.entries(written).map(([tag, [vr, value]]) => [
        tag,
        [vr, value instanceof Uint8Array ? Buffer.from(value).toString() : value],
      ]),
    );
    expect(texts).toEqual({
      '00100010': ['PN', 'A^B==C'],
      '00100020': ['LO', 'é\\\\x '],
      '00101020': ['DS', '1.5\\2.50'],
      '00280010': ['US', [7]],
      '00209165': ['AT', [0x0048021e]],
      '0020000d': ['UI', '1.2.3'],
    });
  });

  it('keeps what is empty in an item, and leaves out private attributes', () => {
    const item = {
      '00400562': { vr: 'SQ' },
      '00400551': { vr: 'LO', Value: [] },
      '00091001': { vr: 'LO', Value: ['private'] },
      '00400560': { vr: 'OB', InlineBinary: 'AAAA' },
    };
    expect(fromDicomJson({ '00400560': { vr: 'SQ', Value: [item] } }, ['00400560'])).toEqual({
      '00400560': ['SQ', [{ '00400562': ['SQ', []], '00400551': ['LO', ''] }]],
    });
  });
});
