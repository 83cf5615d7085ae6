import { describe, expect, it } from 'vitest';
import { characterSetFor } from './character-set.js';

const source = (name: string, patient: Uint8Array) => ({ '00080005': Buffer.from(name), '00100010': patient });
const latin = Buffer.from('Müller', 'latin1');
const chosen = (copied: Record<string, Uint8Array>, own: string) => {
  const { stated, encode } = characterSetFor(copied, [own], 'out.dcm');
  return [stated && Buffer.from(stated).toString(), Buffer.from(encode(own)).toString('hex')];
};

describe('characterSetFor', () => {
  it('keeps that of the source for text of ASCII, whatever it is', () => {
    expect(chosen(source('ISO_IR 100', latin), 'mass')).toEqual(['ISO_IR 100', Buffer.from('mass').toString('hex')]);
    expect(chosen(source('\\ISO 2022 IR 87', Buffer.from('\x1b$B;3')), 'mass')[0]).toBe('\\ISO 2022 IR 87');
    expect(chosen({}, 'mass')[0]).toBeUndefined();
  });

  it('fits text of ISO 8859-1 into such a source', () => {
    expect(chosen(source('ISO_IR 100', latin), 'Tumör')).toEqual(['ISO_IR 100', '54756df67220']);
  });

  it('is UTF-8 where the source is, or has ASCII alone', () => {
    const utf8 = ['ISO_IR 192', '54756dc3b672'];
    expect(chosen(source('ISO_IR 192', Buffer.from('Müller')), 'Tumör')).toEqual(utf8);
    expect(chosen(source('ISO_IR 100', Buffer.from('Miller')), 'Tumör')).toEqual(utf8);
    expect(chosen({}, 'Tumör')).toEqual(utf8);
  });

  it('refuses what fits into no set together', () => {
    expect(() => chosen(source('ISO_IR 100', latin), '腫瘍')).toThrow('different character sets');
    expect(() => chosen(source('\\ISO 2022 IR 87', Buffer.from('\x1b$B;3')), 'Tumör')).toThrow('character sets');
  });
});
