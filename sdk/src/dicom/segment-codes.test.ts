import { describe, expect, it } from 'vitest';
import { codeItem, segmentCodes } from './segment-codes.js';

const SCT = 'http://snomed.info/sct';
const coding = (code: string, display = 'Mass', system = SCT) => ({ system, version: '', code, display });
const category = coding('49755003', 'Morphologically Altered Structure');
const one = (change: object) => ({
  value: 1,
  label: 'mass',
  codes: [coding('4147007')],
  extent: null,
  category,
  ...change,
});

describe('segmentCodes', () => {
  it('takes the category and the first code that DICOM can name', () => {
    const codes = [coding('x', 'of a house', 'urn:oid:1.2.3'), coding('4147007')];
    expect(segmentCodes(one({ codes }), 'out.dcm')).toEqual({ category, type: codes[1] });
  });

  it.each([
    ['no category', { category: null }, '"category"'],
    ['a category of an unknown terminology', { category: coding('1', 'x', 'urn:oid:1') }, '"category"'],
    ['no codes', { codes: [] }, 'code in "codes"'],
    ['a code without a text', { codes: [coding('4147007', '')] }, 'code in "codes"'],
    ['a code whose text is too long', { codes: [coding('4147007', 'x'.repeat(65))] }, 'code in "codes"'],
  ])('refuses %s', (_, change, reason) => {
    expect(() => segmentCodes(one(change), 'out.dcm')).toThrow(`class "mass" coded, and its manifest has no ${reason}`);
  });
});

describe('codeItem', () => {
  it('writes a code of more than 16 characters as a Long Code Value', () => {
    const text = (value: string) => Buffer.from(value);
    expect(codeItem(coding('4147007'), text)).toMatchObject({
      '00080100': ['SH', '4147007'],
      '00080102': ['SH', 'SCT'],
    });
    const long = codeItem(coding('12345678901234567'), text);
    expect(long).toMatchObject({ '00080119': ['UC', '12345678901234567'] });
    expect(long).not.toHaveProperty('00080100');
  });
});
