import { type TextOutputSpec, tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { toText } from './text.js';

const vocabulary = ['<pad>', '<bos>', '<eos>', 'no', 'effusion'];
const spec: TextOutputSpec = {
  name: 'report',
  kind: 'text',
  from: 'ids',
  vocabulary: { file: 'words.txt', size: 5 },
  endToken: 2,
  omit: [0, 1],
  separator: ' ',
  language: 'en',
};
const textOf = (ids: readonly number[], more: Partial<TextOutputSpec> = {}) =>
  toText({ ...spec, ...more }, tensorFromValues('INT64', [1, ids.length], ids), vocabulary);

describe('a text from token ids', () => {
  it('reaches to the first end token, without what is omitted', () => {
    expect(textOf([1, 3, 0, 4, 2, 3, 2]).text).toEqual({
      text: 'no effusion',
      language: 'en',
      isGenerated: true,
      isCutOff: false,
    });
    expect(textOf([3, 4, 2], { separator: '' }).text.text).toBe('noeffusion');
    expect(textOf([2]).text).toMatchObject({ text: '', isCutOff: false });
  });

  it('says that it was cut off where no end token came', () => {
    const { text, warnings } = textOf([3, 4]);
    expect(text).toMatchObject({ text: 'no effusion', isCutOff: true });
    expect(warnings).toMatchObject([{ kind: 'WARNING_KIND_GENERATED_TEXT', field: 'report' }]);
    expect(warnings[0]?.message).toContain('cut off');
    expect(textOf([3, 2]).warnings[0]?.message).not.toContain('cut off');
  });

  it('is read from INT32 and from one axis, too', () => {
    expect(toText(spec, tensorFromValues('INT32', [3], [3, 4, 2]), vocabulary).text.text).toBe('no effusion');
  });

  it('of an id outside the vocabulary, or of several rows, is a fault of the model', () => {
    for (const ids of [[5], [-1], [2, 5]]) {
      expect(() => textOf(ids)).toThrowError(expect.objectContaining({ code: 'DH_MODEL_OUTPUT_INVALID' }));
    }
    expect(() => toText(spec, tensorFromValues('INT64', [2, 1], [3, 4]), vocabulary)).toThrowError(
      expect.objectContaining({ code: 'DH_MODEL_OUTPUT_INVALID' }),
    );
  });
});
